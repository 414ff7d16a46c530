// The two kinds of work that cannot be awaited. Both servers do them with the same code; what differs is on
// which thread.
#pragma once

#include <chrono>

namespace servers {

// Stands for a library call that returns when it is done and not before: the calling thread sleeps.
void block_for(std::chrono::milliseconds duration);

// Computes until the calling thread has used this much processor time. Counted in processor time, not by the
// wall clock, because work does not get less when others compete for the core.
void compute_for(std::chrono::milliseconds processor_time);

}  // namespace servers
