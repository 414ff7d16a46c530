// The summary as a person reads it: aligned, short, what went wrong first to be seen.
#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "loadgen/summary.hpp"
#include "loadgen/time_text.hpp"

namespace loadgen {
namespace {

constexpr double noticeable_steal = 0.01;

std::string statistic_text(const statistic& value) {
    if (value.exact_us) return time_text(*value.exact_us);
    return value.at_least_us ? ">= " + time_text(*value.at_least_us) : "-";
}

// How many times its rate the generator could have made, going by its own CPU.
std::string head_room_text(double utilisation) {
    return utilisation < 0.01 ? "over 100x" : fmt::format("{:.1f}x", 1 / utilisation);
}

template <std::size_t Quantiles>
std::string part_text(std::string_view name, const std::array<std::optional<double>, Quantiles>& part) {
    auto line = fmt::format("{:<11}", name);
    for (const auto& quantile : part)
        if (quantile) line += fmt::format(" {:>11}", time_text(*quantile));
    return line + '\n';
}

std::string tls_text(const summary& run) {
    if (!run.tls_resumed_share) return "";
    auto line = part_text("tls", run.tls_us);
    line.pop_back();
    return line + fmt::format("  {:.0f} % resumed a session\n", *run.tls_resumed_share * 100);
}

}  // namespace

std::string outcomes_text(const summary& run) {
    std::string text;
    for (std::size_t i = 0; i < outcome_count; ++i)
        if (run.outcomes[i] > 0)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", run.outcomes[i], outcome_names[i]);
    return text;
}

namespace {

std::string statuses_text(const summary& run) {
    constexpr std::array names{"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (run.statuses[i] > 0)
            text += fmt::format("{}{} of {}", text.empty() ? "" : ", ", run.statuses[i], names[i]);
    return text.empty() ? text : fmt::format("status      {}\n", text);
}

std::string cpu_text(const std::optional<double>& us_per_request) {
    return us_per_request ? fmt::format("{:.1f} us CPU per request", *us_per_request) : "no request sent";
}

std::string makespan_text(const summary& run) {
    if (!run.makespan_ms) return "";
    auto text = fmt::format("makespan    {}", time_text(*run.makespan_ms * 1e3));
    if (run.makespan_over_ideal)
        text +=
            fmt::format(", {:.2f}x the ideal {}", *run.makespan_over_ideal, time_text(*run.ideal_ms * 1e3));
    if (run.makespan_generator_ms)
        text += fmt::format(
            ": generator {}, connecting {}, server {}", time_text(*run.makespan_generator_ms * 1e3),
            time_text(*run.makespan_connect_ms * 1e3), time_text(*run.makespan_server_ms * 1e3));
    return text + '\n';
}

std::string names_of(const std::vector<rank_facts>& ranks, bool rank_facts::*which) {
    std::string text;
    for (const auto& f : ranks)
        if (f.*which) text += (text.empty() ? "" : ", ") + f.name();
    return text.empty() ? text : " (" + text + ")";
}

// What else is said of the run, a line each.
std::string remarks_text(const summary& run) {
    std::string text;
    const auto remark = [&](bool holds, std::string_view words) {
        if (holds) text += fmt::format("            {}\n", words);
    };
    remark(
        run.client_bound,
        fmt::format("client-bound: the generator ran or waited for a core all the time, so the rate is the "
                    "generator's{}",
                    names_of(run.ranks, &rank_facts::client_bound)));
    remark(run.clock_uncertain,
           "clocks: known to more than 1 ms or a tenth of p50 only, so the order of requests of two ranks is "
           "not known; each latency stands");
    remark(
        run.generator_bound,
        "generator-bound: its own delays are more than 5 % of the makespan; smaller differences are not the "
        "servers'");
    remark(run.saturated, "saturated: requests queued for a connection; the latencies stand");
    remark(run.gave_up,
           std::string("gave up: nothing was in flight, and no connection could be opened any more") +
               names_of(run.ranks, &rank_facts::gave_up));
    remark(run.server_lost && !run.gave_up,
           "server lost: to the end no connection could be opened and no reply came");
    remark(run.nagle_delayed,
           "most replies ended some 40 ms after their first byte: the server seems to write head and body "
           "apart, "
           "without TCP_NODELAY");
    remark(run.outcomes[index_of(outcome::ok)] == 0, "not one request ended ok");
    return text;
}

std::string server_text(const summary& run) {
    return fmt::format("server      {}, {:.2f} cores, {} threads, {:.1f} MiB, {} context switches\n",
                       cpu_text(run.server_cpu_us_per_request), *run.server_utilisation,
                       *run.server_threads_peak, static_cast<double>(*run.server_rss_peak_kib) / 1024,
                       *run.server_context_switches);
}

}  // namespace

std::string text_of(const summary& run) {
    std::string text =
        fmt::format("requests    {} in {:.3f} s: {}\n", run.requests, run.duration_s, outcomes_text(run));
    if (run.retries > 0) text += fmt::format("retries     {}, each after --timeout\n", run.retries);
    text += statuses_text(run);
    text += fmt::format("throughput  {:.1f} ok/s", run.throughput_rps);
    if (run.offered_rps) text += fmt::format(" of {:.1f} offered", *run.offered_rps);
    if (run.achieved_over_offered)
        text += fmt::format(", sent at {:.1f} % of it", *run.achieved_over_offered * 100);
    text += '\n';
    if (run.drain_ms && *run.drain_ms > 0)
        text +=
            fmt::format("drain       {} for what was in flight at the end\n", time_text(*run.drain_ms * 1e3));
    text += makespan_text(run);
    text += fmt::format("\n            {:>11} {:>11} {:>11} {:>11} {:>11} {:>11}\n", "p50", "p90", "p95",
                        "p99", "p99.9", "max");
    text += fmt::format("latency     {:>11} {:>11} {:>11} {:>11} {:>11} {:>11}\n", statistic_text(run.p50),
                        statistic_text(run.p90), statistic_text(run.p95), statistic_text(run.p99),
                        statistic_text(run.p99_9), statistic_text(run.max));
    text += fmt::format("\n            {:>11} {:>11} {:>11}\n", "p50", "p99", "p99.9");
    text += part_text("queue", run.queue_us) + part_text("connect", run.connect_us) + tls_text(run) +
            part_text("lag", run.lag_us) + part_text("service", run.service_us) +
            part_text("read", run.read_us);
    if (run.classes.size() > 1)
        for (const auto& c : run.classes)
            text += fmt::format("{:<11} {:>11} {:>11}  {} requests\n", c.name, statistic_text(c.p50),
                                statistic_text(c.p99), c.requests);
    text += '\n';
    if (run.server_utilisation) text += server_text(run);
    text += fmt::format("generator   {}, busiest thread at {:.0f} %: head-room {}\n",
                        cpu_text(run.generator_cpu_us_per_request), run.generator_utilisation * 100,
                        head_room_text(run.generator_utilisation));
    if (run.machine_steal_utilisation >= noticeable_steal)
        text +=
            fmt::format("machine     the hypervisor took {:.1f} % of its CPU time: expect lag and noise\n",
                        run.machine_steal_utilisation * 100);
    text += ranks_text(run.ranks);
    text += fmt::format("verdict     {}{}{}\n", run.verdict, run.reasons.empty() ? "" : ": ", run.reasons);
    return text + remarks_text(run);
}

}  // namespace loadgen
