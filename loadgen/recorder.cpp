#include "loadgen/recorder.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace loadgen {
namespace {

template <class Counts>
void add(Counts& sums, const Counts& more) {
    std::transform(sums.begin(), sums.end(), more.begin(), sums.begin(), std::plus<>());
}

// Linux acknowledges what it has nothing to answer to after 40 ms and more (TCP_DELACK_MIN), and a server
// with Nagle's algorithm holds its second piece until then.
bool is_delayed_acknowledgement(nanoseconds between_bytes) {
    return between_bytes >= std::chrono::milliseconds(38) && between_bytes <= std::chrono::milliseconds(60);
}

}  // namespace

void censored_histogram::merge(const censored_histogram& other) {
    exact.merge(other.exact);
    lower_bounds.merge(other.lower_bounds);
}

histogram censored_histogram::all() const {
    histogram result = exact;
    result.merge(lower_bounds);
    return result;
}

void own_delays::record(nanoseconds value, nanoseconds own) {
    if (own == nanoseconds(0)) return;
    with.record(value);
    without.record(value - own);
}

void own_delays::merge(const own_delays& other) {
    with.merge(other.with);
    without.merge(other.without);
}

histogram own_delays::taken_out_of(histogram all) const {
    all.remove(with);
    all.merge(without);
    return all;
}

std::uint64_t class_record::requests() const {
    return std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0});
}

void class_record::merge(const class_record& other) {
    add(outcomes, other.outcomes);
    latency.merge(other.latency);
    service.merge(other.service);
    of_latency.merge(other.of_latency);
    of_service.merge(other.of_service);
}

recorder::recorder(std::size_t classes, std::size_t rows_cap, nanoseconds window)
    : classes_(classes), rows_cap_(rows_cap), window_(window) {
    rows_.reserve(rows_cap);
}

void recorder::finished(const exchange& request) {
    ++classes_[request.request_class].outcomes[index_of(request.result)];
    if (request.lacked != shortage::none) ++shortages_[index_of(request.lacked)];
    if (request.status > 0) ++statuses_[request.status < 600 ? request.status / 100U : 0U];
    if (request.was_due) add_times(request);
    if (rows_.size() < rows_cap_)
        rows_.push_back(request);
    else
        ++rows_cut_;
}

void recorder::add_times(const exchange& request) {
    const bool ok = request.result == outcome::ok;
    const bool sent = request.service > nanoseconds(0);
    const auto done = request.done();
    auto& in = classes_[request.request_class];
    in.latency.record(request.latency(), ok);
    in.of_latency.record(request.latency(), request.own);
    if (sent) in.service.record(request.service, ok);
    if (sent) in.of_service.record(request.service, request.own_service());
    retries_ += request.retries;
    if (sent || request.connect > nanoseconds(0) || request.retries > 0) {
        const auto begun = done - request.service - request.tls - request.connect - request.earlier;
        ++begun_;
        first_begun_ = std::min(first_begun_, begun);
        last_begun_ = std::max(last_begun_, begun);
    }
    queue_.record(request.queue);
    connect_.record(request.connect);
    lag_.record(request.lag);
    if (request.tls > nanoseconds(0)) tls_.record(request.tls);
    if (request.is_resumed) ++resumed_;
    if (request.by_kernel) read_.record(request.read);
    if (ok && done <= window_) ++ok_in_window_;
    if (ok && done - request.own <= window_) ++ok_in_window_without_own_;
    timeline_.ended(done, ok);
    if (ok && request.first_byte >= nanoseconds(0) &&
        is_delayed_acknowledgement(request.service - request.first_byte))
        ++in_two_pieces_;
    first_due_ = std::min(first_due_, request.due);
    last_done_ = std::max(last_done_, done);
    last_read_ = std::max(last_read_, request.was_read());
    last_done_without_own_ = std::max(last_done_without_own_, done - request.own);
}

void recorder::slot_reached(nanoseconds at, const makespan_parts& parts) {
    if (at < last_slot_) return;
    last_slot_ = at;
    last_parts_ = parts;
}

void recorder::merge(const recorder& other) {
    for (std::size_t i = 0; i < classes_.size(); ++i) classes_[i].merge(other.classes_[i]);
    queue_.merge(other.queue_);
    connect_.merge(other.connect_);
    lag_.merge(other.lag_);
    read_.merge(other.read_);
    tls_.merge(other.tls_);
    resumed_ += other.resumed_;
    retries_ += other.retries_;
    timeline_.merge(other.timeline_);
    rows_.insert(rows_.end(), other.rows_.begin(), other.rows_.end());
    rows_cut_ += other.rows_cut_;
    add(statuses_, other.statuses_);
    add(shortages_, other.shortages_);
    ok_in_window_ += other.ok_in_window_;
    ok_in_window_without_own_ += other.ok_in_window_without_own_;
    first_due_ = std::min(first_due_, other.first_due_);
    last_done_ = std::max(last_done_, other.last_done_);
    last_read_ = std::max(last_read_, other.last_read_);
    last_done_without_own_ = std::max(last_done_without_own_, other.last_done_without_own_);
    slot_reached(other.last_slot_, other.last_parts_);
    in_two_pieces_ += other.in_two_pieces_;
    begun_ += other.begun_;
    first_begun_ = std::min(first_begun_, other.first_begun_);
    last_begun_ = std::max(last_begun_, other.last_begun_);
}

std::uint64_t recorder::lacked() const {
    return std::accumulate(shortages_.begin(), shortages_.end(), std::uint64_t{0});
}

class_record recorder::all_classes() const {
    class_record all;
    for (const auto& c : classes_) all.merge(c);
    return all;
}

std::uint64_t recorder::count(outcome result) const {
    return std::accumulate(
        classes_.begin(), classes_.end(), std::uint64_t{0},
        [&](std::uint64_t sum, const class_record& c) { return sum + c.outcomes[index_of(result)]; });
}

std::uint64_t recorder::requests() const {
    return std::accumulate(classes_.begin(), classes_.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const class_record& c) { return sum + c.requests(); });
}

}  // namespace loadgen
