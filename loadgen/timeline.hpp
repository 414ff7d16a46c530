// Counts per interval of a run: started, completed, failed. The interval is 5 ms for short runs and grows in
// whole multiples up to 1 s (and beyond for very long runs), so memory stays fixed and two timelines can
// always be merged.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace loadgen {

class timeline {
public:
    using nanoseconds = std::chrono::nanoseconds;
    static constexpr int most_intervals = 2000;  // signed: times are

    struct interval {
        std::uint64_t started = 0;    // became due
        std::uint64_t completed = 0;  // ended `ok`
        std::uint64_t failed = 0;     // ended otherwise
    };

    timeline() { intervals_.reserve(most_intervals); }

    // `at` counts from the run's start; times before it belong to the first interval.
    void started(nanoseconds at) { ++cell(at).started; }
    void ended(nanoseconds at, bool ok);
    void merge(timeline other);

    void widen_to(nanoseconds width);  // that another timeline has

    nanoseconds width() const { return width_; }
    const std::vector<interval>& intervals() const { return intervals_; }

    template <class Fields>
    void visit(Fields& fields) {
        fields.cells(*this, intervals_);
    }

    // The width that a run of this length is recorded with.
    static nanoseconds width_for(nanoseconds length);

private:
    interval& cell(nanoseconds at);
    void widen();

    nanoseconds width_ = width_for(nanoseconds(0));
    std::vector<interval> intervals_;
};

}  // namespace loadgen
