#include "loadgen/schedule.hpp"

#include <cmath>

namespace loadgen {

schedule::schedule(const load& what, unsigned thread, unsigned threads)
    : load_(what), threads_(threads), next_(thread), random_(what.seed) {
    advance();
}

std::optional<planned> schedule::peek() const {
    const std::chrono::nanoseconds due(std::llround(due_s_ * 1e9));
    if (load_.requests && next_ >= *load_.requests) return std::nullopt;
    if (load_.arrivals != arrivals::closed && load_.duration && due >= *load_.duration) return std::nullopt;
    return planned{next_, due};
}

void schedule::take() {
    next_ += threads_;
    advance();
}

// Moves due_s_ to request next_. Constant: i / rate, computed afresh each time, so that errors do not add up.
// Poisson: each gap is -ln(1 - u) / rate (inverse transform); every thread draws the whole sequence, so the
// shares interleave exactly.
void schedule::advance() {
    if (load_.arrivals == arrivals::constant) due_s_ = static_cast<double>(next_) / load_.rate_rps;
    if (load_.arrivals != arrivals::poisson) return;
    for (; generated_ <= next_; ++generated_) {
        const double u = static_cast<double>(random_() >> 11) * 0x1.0p-53;
        due_s_ += -std::log1p(-u) / load_.rate_rps;
    }
}

}  // namespace loadgen
