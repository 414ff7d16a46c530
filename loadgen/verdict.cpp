#include "loadgen/verdict.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// In an open loop lag is the generator's own lateness: it may be a millisecond, or a twentieth of the latency
// it is part of.
constexpr nanoseconds least_lag_limit = 1ms;
constexpr int lag_share = 20;
// A thread this busy has no time left to be punctual (open loop), or is what limits the rate (closed loop).
constexpr double busy_open = 0.98;
constexpr double busy_closed = 0.95;
// The sampler is due every few milliseconds. Not being run for this long means that the machine was
// elsewhere.
constexpr nanoseconds gap_limit = 250ms;
// More than one request in a hundred waited this long for a connection.
constexpr nanoseconds queue_limit = 1ms;

double ms(nanoseconds value) {
    return static_cast<double>(value.count()) / 1e6;
}

void add(std::string& to, const std::string& reason) {
    if (!to.empty()) to += "; ";
    to += reason;
}

}  // namespace

verdict judge(arrivals kind, const measurement& measured, const histogram& lag, const histogram& latency) {
    verdict result;
    const bool open = kind != arrivals::closed;
    const auto busy = measured.generator_utilisation;
    if (open && lag.count() > 0) {
        const auto limit = std::max<nanoseconds>(least_lag_limit, latency.quantile(0.99) / lag_share);
        if (const auto p99 = lag.quantile(0.99); p99 > limit)
            add(result.reasons, fmt::format("the generator sent late: lag p99 {:.2f} ms, limit {:.2f} ms",
                                            ms(p99), ms(limit)));
    }
    if (open && busy >= busy_open)
        add(result.reasons, fmt::format("a generator thread used {:.0f} % of its core, limit {:.0f} %",
                                        busy * 100, busy_open * 100));
    if (measured.longest_gap > gap_limit)
        add(result.reasons, fmt::format("the generator was not run for {:.0f} ms, limit {:.0f} ms",
                                        ms(measured.longest_gap), ms(gap_limit)));
    if (measured.was_interrupted) add(result.reasons, "interrupted");
    result.client_bound = !open && busy >= busy_closed;
    result.saturated =
        open && measured.record.queue().count() > 0 && measured.record.queue().quantile(0.99) > queue_limit;
    return result;
}

}  // namespace loadgen
