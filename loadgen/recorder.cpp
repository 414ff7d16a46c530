#include "loadgen/recorder.hpp"

#include <algorithm>
#include <numeric>

namespace loadgen {

void censored_histogram::merge(const censored_histogram& other) {
    exact.merge(other.exact);
    lower_bounds.merge(other.lower_bounds);
}

histogram censored_histogram::all() const {
    histogram result = exact;
    result.merge(lower_bounds);
    return result;
}

recorder::recorder(std::size_t classes, std::size_t rows_cap, nanoseconds window)
    : classes_(classes), rows_cap_(rows_cap), window_(window) {
    rows_.reserve(rows_cap);
}

void recorder::finished(const exchange& request) {
    const bool ok = request.result == outcome::ok;
    const bool sent = request.service > nanoseconds(0);
    auto& in = classes_[request.request_class];
    ++in.requests;
    in.latency.record(request.latency(), ok);
    if (sent) in.service.record(request.service, ok);
    if (sent || request.connect > nanoseconds(0)) {
        ++begun_;
        last_begun_ = std::max(last_begun_, request.done() - request.service - request.connect);
    }
    queue_.record(request.queue);
    connect_.record(request.connect);
    lag_.record(request.lag);
    ++outcomes_[index_of(request.result)];
    if (ok && request.done() <= window_) ++ok_in_window_;
    timeline_.ended(request.done(), ok);
    first_due_ = std::min(first_due_, request.due);
    last_done_ = std::max(last_done_, request.done());
    if (rows_.size() < rows_cap_)
        rows_.push_back(request);
    else
        ++rows_cut_;
}

void recorder::merge(const recorder& other) {
    for (std::size_t i = 0; i < classes_.size(); ++i) {
        classes_[i].requests += other.classes_[i].requests;
        classes_[i].latency.merge(other.classes_[i].latency);
        classes_[i].service.merge(other.classes_[i].service);
    }
    queue_.merge(other.queue_);
    connect_.merge(other.connect_);
    lag_.merge(other.lag_);
    timeline_.merge(other.timeline_);
    rows_.insert(rows_.end(), other.rows_.begin(), other.rows_.end());
    rows_cut_ += other.rows_cut_;
    for (std::size_t i = 0; i < outcomes_.size(); ++i) outcomes_[i] += other.outcomes_[i];
    ok_in_window_ += other.ok_in_window_;
    first_due_ = std::min(first_due_, other.first_due_);
    last_done_ = std::max(last_done_, other.last_done_);
    begun_ += other.begun_;
    last_begun_ = std::max(last_begun_, other.last_begun_);
}

std::uint64_t recorder::requests() const {
    return std::accumulate(outcomes_.begin(), outcomes_.end(), std::uint64_t{0});
}

}  // namespace loadgen
