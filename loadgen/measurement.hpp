// What a run comes to, before it is summed up: everything that was recorded, and how the run itself went.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/fleet/rank_facts.hpp"
#include "loadgen/process.hpp"
#include "loadgen/process_sampler.hpp"
#include "loadgen/recorder.hpp"

namespace loadgen {

struct measurement {
    recorder record;                      // of all threads
    nanoseconds length{0};                // what rates are over: the time asked for, unless it ended before
    nanoseconds last_ended{0};            // when the last request had its outcome, the drain included
    nanoseconds generator_cpu{0};         // of all generator threads
    utilisation generator_utilisation{};  // of the one that had the least time to spare
    double lost_mean = 0,
           lost_most = 0;  // share of the time in which the threads, and the worst of them, wanted
                           // to run and did not: they waited for a core, or were stopped
    double stolen = 0;     // share of the machine's CPU time that its hypervisor took meanwhile
    std::vector<process_sample> samples{};  // of the server; empty without --server-pid
    std::uint64_t server_rss_peak_kib = 0;
    std::chrono::system_clock::time_point started_at{};
    bool was_interrupted = false;     // by SIGINT or SIGTERM
    bool gave_up = false;             // nothing was in flight and nothing could be connected
    nanoseconds server_lost_for{0};   // to the end, no connection could be opened and no reply came
    std::string fault{};              // what broke a generator thread; empty: nothing did
    clock::time_point started{};      // when the load began
    std::vector<rank_facts> ranks{};  // of a fleet, all of it; empty of one generator
};

}  // namespace loadgen
