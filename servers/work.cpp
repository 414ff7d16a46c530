#include "servers/work.hpp"

#include <algorithm>
#include <array>
#include <cmath>
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

// The median of a few trials.
double nanoseconds_of_a_step() {
    constexpr std::uint64_t steps = 500'000;  // about a millisecond
    std::array<double, 9> trials;
    for (double& each : trials) {
        const std::chrono::nanoseconds before = used_by_this_thread();
        [[maybe_unused]] const volatile std::uint64_t state = churn(seed, steps);
        const std::chrono::duration<double, std::nano> took = used_by_this_thread() - before;
        each = took.count() / steps;
    }
    std::ranges::nth_element(trials, trials.begin() + trials.size() / 2);
    return trials[trials.size() / 2];
}

}  // namespace

void block_for(std::chrono::milliseconds duration) {
    std::this_thread::sleep_for(duration);
}

void compute_for(std::chrono::milliseconds processor_time) {
    constexpr std::uint64_t steps = 2000;  // between two looks at the clock: some microseconds
    const std::chrono::nanoseconds enough = used_by_this_thread() + processor_time;
    volatile std::uint64_t state = seed;
    while (used_by_this_thread() < enough) state = churn(state, steps);
}

handicap::handicap(std::chrono::nanoseconds processor_time) {
    if (processor_time.count() <= 0) return;
    const double steps = static_cast<double>(processor_time.count()) / nanoseconds_of_a_step();
    steps_ = std::max<std::uint64_t>(static_cast<std::uint64_t>(std::llround(steps)), 1);
}

void handicap::burn() const {
    if (steps_ == 0) return;
    [[maybe_unused]] const volatile std::uint64_t state = churn(seed, steps_);
}

}  // namespace servers
