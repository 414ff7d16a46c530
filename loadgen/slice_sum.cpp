#include "loadgen/slice_sum.hpp"

#include <algorithm>
#include <limits>

namespace loadgen {
namespace {

double in_seconds(nanoseconds value) {
    return std::chrono::duration<double>(value).count();
}

// The mean of two shares of time, each weighted with the time that it is of.
double mean_share(double share, nanoseconds length, double more, nanoseconds more_length) {
    const auto total = std::max(in_seconds(length + more_length), std::numeric_limits<double>::min());
    return (share * in_seconds(length) + more * in_seconds(more_length)) / total;
}

// From nothing at time zero to all that was used: two samples, as a slice has them.
void merge_samples(std::vector<process_sample>& to, const std::vector<process_sample>& more) {
    if (more.size() < 2) return;
    to.resize(2);
    auto& sum = to.back();
    const auto &first = more.front(), &last = more.back();
    sum.at += last.at - first.at;
    sum.cpu += last.cpu - first.cpu;
    sum.context_switches += last.context_switches - first.context_switches;
    for (const auto& s : more) sum.threads = std::max(sum.threads, s.threads);
}

void merge(measurement& to, const measurement& more) {
    const auto weigh = [&](double& share, double other) {
        share = mean_share(share, to.length, other, more.length);
    };
    weigh(to.generator_utilisation.running, more.generator_utilisation.running);
    weigh(to.generator_utilisation.waiting, more.generator_utilisation.waiting);
    weigh(to.generator_utilisation.absent, more.generator_utilisation.absent);
    weigh(to.lost_mean, more.lost_mean);
    weigh(to.lost_most, more.lost_most);
    weigh(to.stolen, more.stolen);
    to.record.merge(more.record);
    to.length += more.length;
    to.generator_cpu += more.generator_cpu;
    to.server_rss_peak_kib = std::max(to.server_rss_peak_kib, more.server_rss_peak_kib);
    to.was_interrupted = to.was_interrupted || more.was_interrupted;
    merge_samples(to.samples, more.samples);
    if (to.started_at == std::chrono::system_clock::time_point{}) to.started_at = more.started_at;
}

measurement nothing(std::size_t classes) {
    return {.record = recorder(classes, 0, nanoseconds::max())};
}

}  // namespace

void slice_sum::add(const measurement& slice, const summary& row) {
    if (!sum_) sum_ = nothing(slice.record.classes().size());
    merge(*sum_, slice);
    ++slices_;
    client_bound_ += row.client_bound ? 1 : 0;
    saturated_ += row.saturated ? 1 : 0;
    achieved_ += row.achieved_over_offered.value_or(0) * row.duration_s;
}

void slice_sum::add(const slice_sum& more) {
    if (!more.sum_) return;
    if (!sum_) sum_ = nothing(more.sum_->record.classes().size());
    merge(*sum_, *more.sum_);
    slices_ += more.slices_;
    client_bound_ += more.client_bound_;
    saturated_ += more.saturated_;
    achieved_ += more.achieved_;
}

summary slice_sum::summarised(const plan& asked, const run_keys& keys) const {
    auto all = sum_ ? *sum_ : nothing(asked.classes.size());
    all.length = std::max<nanoseconds>(all.length, std::chrono::microseconds(1));
    auto result = summarise(asked, keys, std::nullopt, all);
    result.client_bound = 2 * client_bound_ > slices_;
    result.saturated = 2 * saturated_ > slices_;
    if (asked.load.arrivals != arrivals::closed) result.achieved_over_offered = achieved_ / result.duration_s;
    return result;
}

void fit_samples(measurement& slice) {
    if (slice.samples.empty()) return;
    slice.samples.front().at = nanoseconds(0);
    slice.samples.back().at = slice.length;
}

}  // namespace loadgen
