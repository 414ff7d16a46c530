#include "loadgen/timeline.hpp"

#include <algorithm>
#include <utility>

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using nanoseconds = timeline::nanoseconds;

// Each width divides the next, so intervals can be added together without splitting one.
constexpr nanoseconds wider_than(nanoseconds width) {
    for (const nanoseconds next : {nanoseconds(5ms), nanoseconds(10ms), nanoseconds(20ms), nanoseconds(100ms),
                                   nanoseconds(200ms), nanoseconds(1s)})
        if (next > width) return next;
    return 2 * width;
}

}  // namespace

nanoseconds timeline::width_for(nanoseconds length) {
    nanoseconds width = 5ms;
    while (length >= width * most_intervals) width = wider_than(width);
    return width;
}

void timeline::ended(nanoseconds at, bool ok) {
    auto& in = cell(at);
    ++(ok ? in.completed : in.failed);
}

void timeline::merge(timeline other) {
    widen_to(other.width_);
    other.widen_to(width_);
    intervals_.resize(std::max(intervals_.size(), other.intervals_.size()));
    for (std::size_t i = 0; i < other.intervals_.size(); ++i) {
        intervals_[i].started += other.intervals_[i].started;
        intervals_[i].completed += other.intervals_[i].completed;
        intervals_[i].failed += other.intervals_[i].failed;
    }
}

void timeline::widen_to(nanoseconds width) {
    while (width_ < width) widen();
}

timeline::interval& timeline::cell(nanoseconds at) {
    const auto bounded = std::max(at, nanoseconds::zero());
    while (bounded >= width_ * most_intervals) widen();
    const auto index = static_cast<std::size_t>(bounded / width_);
    if (index >= intervals_.size()) intervals_.resize(index + 1);  // within the reserved capacity
    return intervals_[index];
}

void timeline::widen() {
    const auto next = wider_than(width_);
    const auto factor = static_cast<std::size_t>(next / width_);
    for (std::size_t i = 0; i < intervals_.size(); ++i) {
        const auto in = std::exchange(intervals_[i], interval{});
        auto& to = intervals_[i / factor];
        to.started += in.started;
        to.completed += in.completed;
        to.failed += in.failed;
    }
    intervals_.resize((intervals_.size() + factor - 1) / factor);
    width_ = next;
}

}  // namespace loadgen
