#include "servers/work.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>
#include <thread>

namespace servers {
namespace {

std::chrono::nanoseconds used_by_this_thread() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

constexpr std::uint64_t seed = 88172645463325252U;
constexpr std::uint64_t few_microseconds = 2000;  // steps

// A processor works on some hundred instructions at once, so that up to a tenth of a microsecond of a burn
// passes while it does what comes before and after: of 200 ns that is a third, of this a hundredth.
constexpr std::chrono::nanoseconds shortest_burn = std::chrono::microseconds(10);

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

// The least of many tries: whatever else happened meanwhile only made a try longer.
double fastest_step_ns() {
    constexpr int tries = 50;
    constexpr std::uint64_t steps = 50 * few_microseconds;
    volatile std::uint64_t state = seed;
    double least = std::numeric_limits<double>::max();
    for (int i = 0; i < tries; ++i) {
        const std::chrono::nanoseconds before = used_by_this_thread();
        state = churn(state, steps);
        const auto took = static_cast<double>((used_by_this_thread() - before).count());
        least = std::min(least, took / static_cast<double>(steps));
    }
    return std::max(least, 0.1);  // a clock that stands still must not make the handicap endless
}

}  // namespace

void block_for(std::chrono::milliseconds duration) {
    std::this_thread::sleep_for(duration);
}

void compute_for(std::chrono::milliseconds processor_time) {
    const std::chrono::nanoseconds enough = used_by_this_thread() + processor_time;
    volatile std::uint64_t state = seed;
    while (used_by_this_thread() < enough) state = churn(state, few_microseconds);
}

handicap::handicap(std::chrono::nanoseconds processor_time) {
    if (processor_time.count() <= 0) return;
    if (processor_time < shortest_burn) every_ = static_cast<std::uint64_t>(shortest_burn / processor_time);
    const double each = static_cast<double>(processor_time.count()) * static_cast<double>(every_);
    steps_ = static_cast<std::uint64_t>(std::ceil(each / fastest_step_ns()));
}

void handicap::burn() const {
    if (steps_ == 0 || turn_.fetch_add(1, std::memory_order_relaxed) % every_ != 0) return;
    volatile std::uint64_t state = seed;
    state = churn(state, steps_);
}

}  // namespace servers
