#include "loadgen/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace loadgen {

double load::due_by(std::chrono::nanoseconds at) const {
    if (duration) at = std::min(at, *duration);
    if (replay)
        return static_cast<double>(std::lower_bound(replay->begin(), replay->end(), at) - replay->begin());
    const double most = requests ? static_cast<double>(*requests) : std::numeric_limits<double>::infinity();
    return std::min(rate.due_by(std::chrono::duration<double>(at).count()), most);
}

schedule::schedule(const load& what, unsigned thread, unsigned threads)
    : load_(what), threads_(threads), next_(thread), random_(what.seed) {
    advance();
}

std::optional<planned> schedule::peek() const {
    if (load_.requests && next_ >= *load_.requests) return std::nullopt;
    const bool is_replayed = load_.arrivals == arrivals::replayed;
    if (is_replayed ? next_ >= load_.replay->size() : std::isinf(due_s_)) return std::nullopt;
    const auto due =
        is_replayed ? (*load_.replay)[next_] : std::chrono::nanoseconds(std::llround(due_s_ * 1e9));
    if (load_.arrivals != arrivals::closed && load_.duration && due >= *load_.duration) return std::nullopt;
    return planned{next_, due};
}

void schedule::take() {
    next_ += threads_;
    advance();
}

// Moves due_s_ to request next_. Constant: where i requests are due, computed afresh each time, so that
// errors do not add up. Poisson: gaps of -ln(1 - u) are those of a process of rate one (inverse transform),
// and become those of any other pace by its inverse (time rescaling: Cinlar, Introduction to Stochastic
// Processes, 1975, section 4.7). Every thread draws the whole sequence, so the shares interleave exactly.
void schedule::advance() {
    if (load_.arrivals == arrivals::constant) due_s_ = load_.rate.instant_of(static_cast<double>(next_));
    if (load_.arrivals != arrivals::poisson) return;
    for (; generated_ <= next_; ++generated_) {
        const double u = static_cast<double>(random_() >> 11) * 0x1.0p-53;
        drawn_ += -std::log1p(-u);
    }
    due_s_ = load_.rate.instant_of(drawn_);
}

}  // namespace loadgen
