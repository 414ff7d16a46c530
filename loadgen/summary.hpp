// A run in one plain struct: what summary.csv has a row of, what --json prints and what a person reads. Pure:
// numbers in, numbers out.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "loadgen/measurement.hpp"
#include "loadgen/plan.hpp"

namespace loadgen {

// Requests that failed are counted as lasting at least as long as they did. A statistic that is the same with
// those at their bound and at infinity is `exact`; otherwise it is only known to be `at_least` that. Both are
// empty where there is nothing to tell.
struct statistic {
    std::optional<double> exact_us;
    std::optional<double> at_least_us;
};

// What is said of all requests of a run, and of those of each class.
struct figures {
    std::uint64_t requests = 0;
    std::array<std::uint64_t, outcome_count> outcomes{};
    statistic mean, p50, p90, p95, p99, p99_9, max;   // of latency
    std::array<std::optional<double>, 3> service_us;  // p50, p99, p99.9
    std::optional<double> service_mean_us;
};

struct class_summary : figures {
    std::string name;
    std::uint64_t weight = 1;
};

// Facts of the run that the generator is told and passes on: which server, which repetition, ...
struct run_keys {
    std::string recording, suite, variant, client = "loadgen", workload;
    std::optional<std::uint64_t> repetition;
    std::optional<bool> pinned;
};

struct summary : figures {
    run_keys keys;
    std::uint64_t connections = 0, retries = 0;
    std::string connection_mode, arrivals;
    std::optional<load> offered;  // of an open loop
    std::optional<double> offered_rps, achieved_over_offered;
    std::uint64_t generator_threads = 1;
    double duration_s = 0, warm_up_s = 0;
    std::optional<double> drain_ms;
    std::string started_at;
    std::array<std::uint64_t, 6> statuses{};  // complete replies by their status's first digit; 0: any other
    std::uint64_t generator_shortages = 0;  // not sent, because the generator ran out of something of its own
    double throughput_rps = 0;              // replies that ended `ok`
    std::optional<double> makespan_ms, ideal_ms, makespan_over_ideal;
    std::optional<double> makespan_generator_ms, makespan_connect_ms, makespan_server_ms;  // its parts
    std::array<std::optional<double>, 3> queue_us, connect_us, tls_us, lag_us, read_us;    // p50, p99, p99.9
    std::optional<double> tls_resumed_share;
    std::string done_by;  // what tells when a reply was there: kernel, read, or both; empty: none came
    std::vector<class_summary> classes;
    std::optional<double> server_cpu_us_per_request, server_utilisation;
    std::optional<std::uint64_t> server_rss_peak_kib, server_threads_peak, server_context_switches;
    std::optional<double> generator_cpu_us_per_request;
    double generator_utilisation = 0, generator_waiting_utilisation = 0, generator_absent_utilisation = 0,
           machine_steal_utilisation = 0;
    std::string verdict, reasons;
    std::string failed_if;  // the conditions of --fail-if that hold
    bool client_bound = false, generator_bound = false, saturated = false, clock_uncertain = false;
    bool server_lost = false, gave_up = false;
    bool nagle_delayed = false;
    bool was_interrupted = false;
    std::uint64_t rows_cut = 0;
    std::vector<rank_facts> ranks;  // of a fleet; empty of one generator
};

summary summarise(const plan& what, const run_keys& keys, std::optional<nanoseconds> ideal,
                  const measurement& measured);

std::string text_of(const summary& run);                       // aligned, for a terminal
std::string ranks_text(const std::vector<rank_facts>& ranks);  // a line each, for a terminal
std::string outcomes_text(const summary& run);                 // "98 ok, 2 reset"

// What `loadgen` exits with: 130 interrupted; 3 invalid, where `strict`; 4 not one request ended `ok`, the
// server was lost, or a condition of --fail-if holds; 0 otherwise.
int exit_code_of(const summary& run, bool strict);

statistic quantile_of(const censored_histogram& values, double q);

}  // namespace loadgen
