#include "servers/work.hpp"

#include <algorithm>
#include <ctime>
#include <thread>

namespace servers {
namespace {

std::chrono::nanoseconds used_by_this_thread() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

constexpr std::uint64_t seed = 88172645463325252U;

// So much is burnt at once at least: to read the thread's clock takes up to a microsecond, and a tenth of one
// may pass while the processor does what comes before and after. Of this that is little.
constexpr std::chrono::nanoseconds shortest_burn = std::chrono::microseconds(20);
constexpr std::uint64_t few_steps = 10;

// Arithmetic in which each step needs the one before (xorshift, Marsaglia 2003), so that neither the compiler
// nor the processor can shorten it.
std::uint64_t churn(std::uint64_t state, std::uint64_t steps) {
    for (std::uint64_t step = 0; step < steps; ++step) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    return state;
}

// Until this thread has used so much more processor time, which it looks at after so many steps.
void churn_for(std::chrono::nanoseconds processor_time, std::uint64_t steps) {
    const std::chrono::nanoseconds enough = used_by_this_thread() + processor_time;
    volatile std::uint64_t state = seed;
    while (used_by_this_thread() < enough) state = churn(state, steps);
}

// What churning costs besides, which is reading the clock.
std::chrono::nanoseconds excess_of_churning() {
    constexpr int times = 200;
    const std::chrono::nanoseconds before = used_by_this_thread();
    for (int i = 0; i < times; ++i) churn_for(shortest_burn, few_steps);
    return (used_by_this_thread() - before) / times - shortest_burn;
}

}  // namespace

void block_for(std::chrono::milliseconds duration) {
    std::this_thread::sleep_for(duration);
}

void compute_for(std::chrono::milliseconds processor_time) {
    churn_for(processor_time, 2000);  // some microseconds
}

handicap::handicap(std::chrono::nanoseconds processor_time) : at_once_(processor_time) {
    if (at_once_.count() <= 0) return;
    if (at_once_ < shortest_burn) every_ = shortest_burn / at_once_;
    // Where the clock takes longer to read than all of it: as little as can be, but never nothing.
    at_once_ = std::max(at_once_ * every_ - excess_of_churning(), std::chrono::nanoseconds(1));
}

void handicap::burn() const {
    if (at_once_.count() <= 0 || turn_.fetch_add(1, std::memory_order_relaxed) % every_ != 0) return;
    churn_for(at_once_, few_steps);
}

}  // namespace servers
