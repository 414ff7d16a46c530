// How the rate of an open loop runs over time: one rate for ever, or stages, in each of which it stays or
// changes linearly. Pure: seconds and requests, no clock.
#pragma once

#include <limits>
#include <utility>
#include <vector>

namespace loadgen {

struct stage {
    double seconds = 0;
    double from_rps = 0, to_rps = 0;
};

class pace {
public:
    pace(double rate_rps = 0) : pace({stage{std::numeric_limits<double>::infinity(), rate_rps, rate_rps}}) {}
    explicit pace(std::vector<stage> stages) : stages_(std::move(stages)) {}

    // How many requests have become due by then: the integral of the rate.
    double due_by(double seconds) const;
    // Its inverse: when that many have. Infinity where the stages end before.
    double instant_of(double requests) const;
    double highest_rps() const;
    double seconds() const;  // of all stages; infinity for a rate

private:
    std::vector<stage> stages_;
};

}  // namespace loadgen
