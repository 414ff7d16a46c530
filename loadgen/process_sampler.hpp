// CPU, memory, threads and context switches of a process and its descendants, read from outside and cheaply.
// CPU time covers threads that have ended, in nanoseconds (clock_getcpuclockid). Context switches have to be
// summed over the living threads, so a thread that ends between two samples takes its last few with it: a
// lower bound.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "loadgen/exchange.hpp"

namespace loadgen {

struct process_sample {
    nanoseconds at{0};             // since the run's start
    nanoseconds cpu{0};            // used so far, user and system
    nanoseconds generator_cpu{0};  // used so far by this process
    std::uint64_t rss_kib = 0;
    std::uint64_t threads = 0;
    std::uint64_t context_switches = 0;  // so far, voluntary and not
};

template <class Fields>
void fields_of(process_sample& s, Fields& fields) {
    fields(s.at, s.cpu, s.generator_cpu, s.rss_kib, s.threads, s.context_switches);
}

class process_sampler {
public:
    // Throws std::runtime_error, which names the flag, when there is no such process.
    explicit process_sampler(pid_t root, std::string_view flag = "--server-pid");

    process_sample sample(clock::time_point start);
    // Reads the threads' counters whatever that costs; for the first and the last sample of a run.
    void walk_now();
    std::uint64_t rss_peak_kib()
        const;  // the kernel's own high-water marks, summed over the living processes

private:
    struct thread {
        pid_t process, number;
    };

    // A walk over the threads of all processes, a few at a time.
    void begin_walk();
    void walk_on(std::size_t threads);
    void list_threads(pid_t process);
    void visit(thread one);
    void end_walk();

    pid_t root_;
    std::map<pid_t, nanoseconds> cpu_;               // of each process seen; kept when it ends
    std::map<pid_t, std::uint64_t> living_threads_;  // context switches of each living thread
    std::vector<thread> unvisited_;                  // of the walk under way
    std::map<pid_t, std::uint64_t> visited_;
    nanoseconds walk_cost_{0};
    std::uint64_t ended_switches_ = 0;
    std::uint64_t switches_ = 0;
    clock::time_point next_walk_{};
};

}  // namespace loadgen
