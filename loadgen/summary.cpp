#include "loadgen/summary.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/chrono.h>
#include <fmt/core.h>

#include "loadgen/verdict.hpp"

namespace loadgen {
namespace {

double us(nanoseconds value) {
    return static_cast<double>(value.count()) / 1e3;
}
double ms(nanoseconds value) {
    return static_cast<double>(value.count()) / 1e6;
}
double seconds(nanoseconds value) {
    return static_cast<double>(value.count()) / 1e9;
}

std::array<std::optional<double>, 2> p50_and_p99(const histogram& of) {
    if (of.count() == 0) return {};
    return {us(of.quantile(0.5)), us(of.quantile(0.99))};
}

double mean_us(const censored_histogram& values) {
    return us(values.exact.sum() + values.lower_bounds.sum()) / static_cast<double>(values.count());
}

statistic mean_of(const censored_histogram& values) {
    if (values.count() == 0) return {};
    const auto mean = mean_us(values);
    return values.lower_bounds.count() == 0 ? statistic{mean, {}} : statistic{{}, mean};
}

statistic max_of(const censored_histogram& values) {
    if (values.count() == 0) return {};
    const auto max = us(std::max(values.exact.max(), values.lower_bounds.max()));
    return values.lower_bounds.count() == 0 ? statistic{max, {}} : statistic{{}, max};
}

std::string name_of(arrivals kind) {
    constexpr std::array names{"closed", "constant", "poisson"};
    return names.at(static_cast<std::size_t>(kind));
}

void add_server(summary& to, const std::vector<process_sample>& samples, const measurement& measured) {
    if (samples.size() < 2) return;
    const auto used = samples.back().cpu - samples.front().cpu;
    const auto ended = static_cast<double>(std::max<std::uint64_t>(to.requests, 1));
    to.server_cpu_us_per_request = us(used) / ended;
    to.server_utilisation = seconds(used) / std::max(seconds(samples.back().at - samples.front().at), 1e-9);
    to.server_rss_peak_kib = measured.server_rss_peak_kib;
    to.server_threads_peak = 0;
    for (const auto& s : samples) to.server_threads_peak = std::max(*to.server_threads_peak, s.threads);
    to.server_context_switches = samples.back().context_switches - samples.front().context_switches;
}

}  // namespace

statistic quantile_of(const censored_histogram& values, double q) {
    if (values.count() == 0) return {};
    const auto all = values.all();
    const bool agree = all.bucket_at(q, all.count()) == values.exact.bucket_at(q, all.count());
    const auto at_bound = us(all.quantile(q));
    return agree ? statistic{at_bound, {}} : statistic{{}, at_bound};
}

summary summarise(const plan& what, const run_keys& keys, std::optional<nanoseconds> ideal,
                  const measurement& measured) {
    const auto& record = measured.record;
    summary s;
    s.keys = keys;
    s.connections = what.connections;
    s.connection_mode = what.mode == connection_mode::fresh ? "fresh" : "kept";
    s.arrivals = name_of(what.load.arrivals);
    if (what.load.arrivals != arrivals::closed) s.offered_rps = what.load.rate_rps;
    s.achieved_over_offered = achieved_over_offered(what.load, record);
    s.generator_threads = what.threads;
    s.requests = record.requests();
    s.duration_s = seconds(measured.length);
    if (what.load.duration)
        s.drain_ms = ms(std::max<nanoseconds>(measured.last_ended - measured.length, nanoseconds(0)));
    s.started_at = fmt::format("{:%Y-%m-%dT%H:%M:%S}Z",
                               std::chrono::time_point_cast<std::chrono::milliseconds>(measured.started_at));
    for (std::size_t i = 0; i < outcome_count; ++i) s.outcomes[i] = record.count(static_cast<outcome>(i));
    s.throughput_rps = static_cast<double>(record.ok_in_window()) / s.duration_s;
    if (what.load.requests) {
        s.makespan_ms = ms(record.last_done() - std::min(record.first_due(), record.last_done()));
        if (ideal) s.ideal_ms = ms(*ideal);
        if (ideal) s.makespan_over_ideal = *s.makespan_ms / *s.ideal_ms;
    }

    censored_histogram latency, service;
    for (std::size_t i = 0; i < what.classes.size(); ++i) {
        const auto& of = record.classes()[i];
        latency.merge(of.latency);
        service.merge(of.service);
        s.classes.push_back(
            {what.classes[i].name, of.requests, quantile_of(of.latency, 0.5), quantile_of(of.latency, 0.99)});
    }
    s.mean = mean_of(latency);
    s.p50 = quantile_of(latency, 0.5);
    s.p90 = quantile_of(latency, 0.9);
    s.p95 = quantile_of(latency, 0.95);
    s.p99 = quantile_of(latency, 0.99);
    s.p99_9 = quantile_of(latency, 0.999);
    s.max = max_of(latency);
    s.queue_us = p50_and_p99(record.queue());
    s.connect_us = p50_and_p99(record.connect());
    s.lag_us = p50_and_p99(record.lag());
    s.service_us = p50_and_p99(service.all());
    if (service.count() > 0) s.service_mean_us = mean_us(service);
    add_server(s, measured.samples, measured);
    s.generator_cpu_us_per_request =
        us(measured.generator_cpu) / static_cast<double>(std::max<std::uint64_t>(s.requests, 1));
    s.generator_utilisation = measured.generator_utilisation.running;
    s.generator_waiting_utilisation = measured.generator_utilisation.waiting;
    s.machine_steal_utilisation = measured.stolen;
    s.rows_cut = record.rows_cut();

    const auto judged = judge(what.load, measured, latency.all());
    s.verdict = judged.reasons.empty() ? "valid" : "invalid";
    s.reasons = judged.reasons;
    s.client_bound = judged.client_bound;
    s.saturated = judged.saturated;
    return s;
}

}  // namespace loadgen
