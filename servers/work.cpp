#include "servers/work.hpp"

#include <cstdint>
#include <ctime>
#include <thread>

namespace servers {
namespace {

std::chrono::nanoseconds used_by_this_thread() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

// A few microseconds of arithmetic in which each step needs the one before (xorshift, Marsaglia 2003), so
// that neither the compiler nor the processor can shorten it.
std::uint64_t churn(std::uint64_t state) {
    for (int step = 0; step < 2000; ++step) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    return state;
}

}  // namespace

void block_for(std::chrono::milliseconds duration) {
    std::this_thread::sleep_for(duration);
}

void compute_for(std::chrono::milliseconds processor_time) {
    const std::chrono::nanoseconds enough = used_by_this_thread() + processor_time;
    volatile std::uint64_t state = 88172645463325252U;
    while (used_by_this_thread() < enough) state = churn(state);
}

}  // namespace servers
