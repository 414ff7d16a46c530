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
// 10 us of it is burnt together for several requests at once. The cost is counted out in steps of arithmetic,
// because to read the thread's clock takes longer than a handicap worth testing. Threads may share it.
class handicap {
public:
    // Times the arithmetic first, some milliseconds long, unless there is nothing to burn.
    explicit handicap(std::chrono::nanoseconds processor_time);

    // Once for each request. At least the processor time, on a processor that is no faster now than at its
    // fastest while it was timed.
    void burn() const;

private:
    std::uint64_t steps_ = 0;
    std::uint64_t every_ = 1;  // request burns
    mutable std::atomic<std::uint64_t> turn_{0};
};

}  // namespace servers
