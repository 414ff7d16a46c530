// One run: starts the threads together, samples the server meanwhile, joins, and returns everything measured.
#pragma once

#include <chrono>
#include <vector>

#include "loadgen/plan.hpp"
#include "loadgen/process.hpp"
#include "loadgen/process_sampler.hpp"
#include "loadgen/recorder.hpp"

namespace loadgen {

struct measurement {
    recorder record;                      // of all threads
    nanoseconds length{0};                // the duration, or the makespan of a fixed count
    nanoseconds last_ended{0};            // when the last request had its outcome, the drain included
    nanoseconds generator_cpu{0};         // of all generator threads
    utilisation generator_utilisation{};  // of the one that had the least time to spare
    double stolen = 0;           // share of the machine's CPU time that its hypervisor took meanwhile
    nanoseconds longest_gap{0};  // that the sampler, due every few ms, was not run for beyond its interval
    std::vector<process_sample> samples{};  // of the server; empty without --server-pid
    std::uint64_t server_rss_peak_kib = 0;
    std::chrono::system_clock::time_point started_at{};
    bool was_interrupted = false;  // by SIGINT or SIGTERM
};

// Throws std::runtime_error when not one connection to the server can be made.
measurement run(const plan& what);

}  // namespace loadgen
