// Several slices of one server as one measurement: what was counted is added up, histograms are merged, and
// shares of time are weighted with how long each slice was.
#pragma once

#include <optional>

#include "loadgen/measurement.hpp"
#include "loadgen/summary.hpp"

namespace loadgen {

class slice_sum {
public:
    // `row` is what was said of the slice by itself.
    void add(const measurement& slice, const summary& row);
    void add(const slice_sum& more);

    std::size_t slices() const { return slices_; }
    const recorder* record() const { return sum_ ? &sum_->record : nullptr; }

    // All of it as a run of `asked`, but for verdict and reasons, which are not the sum's to say. Of a slice
    // it says `client_bound` and `saturated` where that holds for the larger half.
    summary summarised(const plan& asked, const run_keys& keys) const;

private:
    std::optional<measurement> sum_;
    std::size_t slices_ = 0, client_bound_ = 0, saturated_ = 0;
    double achieved_ = 0;  // over offered, times seconds
};

// The CPU time of the server and the samples' place in time count from the slice's start to its last reply.
void fit_samples(measurement& slice);

}  // namespace loadgen
