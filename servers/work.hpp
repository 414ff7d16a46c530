// The two kinds of work that cannot be awaited, and the handicap that makes every request dearer by a known
// cost. Both servers do them with the same code; what differs is on which thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace servers {

// Stands for a library call that returns when it is done and not before: the calling thread sleeps.
void block_for(std::chrono::milliseconds duration);

// Computes until the calling thread has used this much processor time. Counted in processor time, not by the
// wall clock, because work does not get less when others compete for the core.
void compute_for(std::chrono::milliseconds processor_time);

// For tests of what compares servers: makes each request cost a known processor time more. Threads may share
// it.
class handicap {
public:
    // Tries first, some milliseconds long, what a step of it takes, unless there is nothing to burn.
    explicit handicap(std::chrono::nanoseconds processor_time);

    // Once for each request. All of them alike: burnt for several at once it makes a queue, which an event
    // loop serves at a lower cost for each.
    void burn() const;

private:
    std::uint64_t steps_ = 0;
};

}  // namespace servers
