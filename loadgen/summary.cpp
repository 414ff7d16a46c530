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

std::array<std::optional<double>, 3> quantiles_of(const histogram& of) {
    if (of.count() == 0) return {};
    return {us(of.quantile(0.5)), us(of.quantile(0.99)), us(of.quantile(0.999))};
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

figures figures_of(const class_record& record) {
    const auto& latency = record.latency;
    figures f;
    f.requests = record.requests();
    f.outcomes = record.outcomes;
    f.mean = mean_of(latency);
    f.p50 = quantile_of(latency, 0.5);
    f.p90 = quantile_of(latency, 0.9);
    f.p95 = quantile_of(latency, 0.95);
    f.p99 = quantile_of(latency, 0.99);
    f.p99_9 = quantile_of(latency, 0.999);
    f.max = max_of(latency);
    f.service_us = quantiles_of(record.service.all());
    if (record.service.count() > 0) f.service_mean_us = mean_us(record.service);
    return f;
}

std::string name_of(arrivals kind) {
    constexpr std::array names{"closed", "constant", "poisson", "replayed"};
    return names.at(static_cast<std::size_t>(kind));
}

std::string name_of_stamps(const recorder& record) {
    const auto replies = record.count(outcome::ok) + record.count(outcome::http_error);
    if (replies == 0) return "";
    return record.read().count() == replies ? "kernel" : record.read().count() == 0 ? "read" : "both";
}

// Over those that were sent, or connected for: the others cost a server nothing.
std::optional<double> per_request(nanoseconds used, const recorder& record) {
    if (record.begun() == 0) return std::nullopt;
    return us(used) / static_cast<double>(record.begun());
}

// Its end without a reply, and without a connection that could be opened, is no accident of one request.
constexpr nanoseconds least_loss = std::chrono::milliseconds(100);

void add_makespan(summary& to, const plan& what, std::optional<nanoseconds> ideal, const recorder& record) {
    to.makespan_ms = ms(record.last_done() - std::min(record.first_due(), record.last_done()));
    if (ideal) to.ideal_ms = ms(*ideal);
    if (ideal) to.makespan_over_ideal = *to.makespan_ms / *to.ideal_ms;
    if (what.load.arrivals != arrivals::closed) return;  // an open loop's goes by its schedule
    to.makespan_generator_ms = ms(record.last_parts().generator);
    to.makespan_connect_ms = ms(record.last_parts().connect);
    to.makespan_server_ms = *to.makespan_ms - *to.makespan_generator_ms - *to.makespan_connect_ms;
}

void add_server(summary& to, const std::vector<process_sample>& samples, const measurement& measured) {
    if (samples.size() < 2) return;
    const auto used = samples.back().cpu - samples.front().cpu;
    to.server_cpu_us_per_request = per_request(used, measured.record);
    to.server_utilisation = seconds(used) / std::max(seconds(samples.back().at - samples.front().at), 1e-9);
    to.server_rss_peak_kib = measured.server_rss_peak_kib;
    to.server_threads_peak = 0;
    for (const auto& s : samples) to.server_threads_peak = std::max(*to.server_threads_peak, s.threads);
    to.server_context_switches = samples.back().context_switches - samples.front().context_switches;
}

}  // namespace

statistic quantile_of(const censored_histogram& values, double q) {
    if (values.count() == 0) return {};
    if (values.lower_bounds.count() == 0) return {us(values.exact.quantile(q)), {}};
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
    s.retries = record.retries();
    s.connection_mode = what.mode == connection_mode::fresh ? "fresh" : "kept";
    s.arrivals = name_of(what.load.arrivals);
    if (what.load.arrivals != arrivals::closed) {
        s.offered = what.load;
        s.offered_rps = what.load.rate.due_by(seconds(measured.length)) / seconds(measured.length);
    }
    s.achieved_over_offered = achieved_over_offered(what.load, record);
    s.generator_threads = what.threads;
    s.duration_s = seconds(measured.length);
    s.warm_up_s = seconds(what.warm_up);
    if (what.load.duration && !what.is_slice)
        s.drain_ms = ms(std::max<nanoseconds>(measured.last_ended - measured.length, nanoseconds(0)));
    s.started_at = fmt::format("{:%Y-%m-%dT%H:%M:%S}Z",
                               std::chrono::time_point_cast<std::chrono::milliseconds>(measured.started_at));
    for (unsigned i = 0; i < s.statuses.size(); ++i) s.statuses[i] = record.count_of_status(i);
    s.generator_shortages = record.lacked();
    s.throughput_rps = static_cast<double>(record.ok_in_window()) / s.duration_s;
    if (what.load.requests) add_makespan(s, what, ideal, record);

    static_cast<figures&>(s) = figures_of(record.all_classes());
    for (std::size_t i = 0; i < what.classes.size(); ++i)
        s.classes.push_back({figures_of(record.classes()[i]), what.classes[i].name, what.classes[i].weight});
    s.queue_us = quantiles_of(record.queue());
    s.connect_us = quantiles_of(record.connect());
    s.tls_us = quantiles_of(record.tls());
    if (const auto handshakes = record.tls().count(); handshakes > 0)
        s.tls_resumed_share = static_cast<double>(record.resumed()) / static_cast<double>(handshakes);
    s.lag_us = quantiles_of(record.lag());
    s.read_us = quantiles_of(record.read());
    s.done_by = name_of_stamps(record);
    add_server(s, measured.samples, measured);
    s.generator_cpu_us_per_request = per_request(measured.generator_cpu, record);
    s.generator_utilisation = measured.generator_utilisation.running;
    s.generator_waiting_utilisation = measured.generator_utilisation.waiting;
    s.generator_absent_utilisation = measured.generator_utilisation.absent;
    s.machine_steal_utilisation = measured.stolen;
    s.rows_cut = what.rows_cap ? record.rows_cut() : 0;

    const auto judged = judge(what, measured);
    s.verdict = judged.reasons.empty() ? "valid" : "invalid";
    s.reasons = judged.reasons;
    s.client_bound = judged.client_bound;
    s.generator_bound = judged.generator_bound;
    s.saturated = judged.saturated;
    s.clock_uncertain = judged.clock_uncertain;
    s.ranks = measured.ranks;
    s.gave_up = measured.gave_up && s.generator_shortages == 0;
    s.server_lost = s.gave_up || (measured.server_lost_for >= least_loss && s.generator_shortages == 0);
    s.nagle_delayed = 2 * record.in_two_pieces() > record.requests();
    s.was_interrupted = measured.was_interrupted;
    return s;
}

int exit_code_of(const summary& run, bool strict) {
    if (run.was_interrupted) return 130;
    if (strict && run.verdict != "valid") return 3;
    return run.outcomes[index_of(outcome::ok)] == 0 || run.server_lost || !run.failed_if.empty() ? 4 : 0;
}

}  // namespace loadgen
