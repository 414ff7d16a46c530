// The two kinds of work that cannot be awaited, and the handicap that makes every request dearer by a known
// cost. Both servers do them with the same code; what differs is on which thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace servers {

// Stands for a library call that returns when it is done and not before: the calling thread sleeps.
void block_for(std::chrono::milliseconds duration);

// Computes until the calling thread has used this much processor time. Counted in processor time, not by the
// wall clock, because work does not get less when others compete for the core.
void compute_for(std::chrono::milliseconds processor_time);

// For tests of what compares servers: makes a request cost a known processor time more, on average: less than
// 20 us of it is burnt together for several requests, as the thread's clock takes long to read. Threads may
// share it.
class handicap {
public:
    // Tries it first, some milliseconds long, unless there is nothing to burn.
    explicit handicap(std::chrono::nanoseconds processor_time);

    // Once for each request.
    void burn() const;

private:
    std::chrono::nanoseconds at_once_;
    std::int64_t every_ = 1;  // request burns
    mutable std::atomic<std::int64_t> turn_{0};
};

}  // namespace servers
