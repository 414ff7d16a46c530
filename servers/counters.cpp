#include "servers/counters.hpp"

#include <fmt/format.h>

namespace servers {

void counters_report::add(const counters& part) {
    open_ += part.open.value();
    accepted_ += part.accepted.value();
    refused_ += part.refused.value();
    accept_pauses_ += part.accept_pauses.value();
    thread_failures_ += part.thread_failures.value();
    failures_ += part.failures.value();
    timeouts_ += part.timeouts.value();
    drained_ += part.drained.value();
    abandoned_ += part.abandoned.value();
    for (std::size_t i = 0; i < replies_.size(); ++i) replies_[i] += part.replies[i].value();
}

std::string counters_report::json(std::uint64_t threads, std::chrono::steady_clock::duration uptime) const {
    const auto uptime_ms = std::chrono::duration_cast<std::chrono::milliseconds>(uptime).count();
    return fmt::format(
        R"({{"uptime_ms":{},"threads":{},"connections_open":{},"connections_accepted":{},"connections_refused":{},)"
        R"("accept_pauses":{},"thread_failures":{},"failures":{},"timeouts":{},"drained_unanswered":{},"abandoned":{},)"
        R"("replies_1xx":{},"replies_2xx":{},"replies_3xx":{},"replies_4xx":{},"replies_5xx":{}}})",
        uptime_ms, threads, open_, accepted_, refused_, accept_pauses_, thread_failures_, failures_,
        timeouts_, drained_, abandoned_, replies_[0], replies_[1], replies_[2], replies_[3], replies_[4]);
}

}  // namespace servers
