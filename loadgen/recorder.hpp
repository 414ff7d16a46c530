// What one thread has seen: histograms, outcomes, the timeline and, up to a cap, every request as a row.
// One per thread, merged after the threads are joined; nothing here is shared, so recording takes no lock and
// no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "loadgen/exchange.hpp"
#include "loadgen/histogram.hpp"
#include "loadgen/timeline.hpp"

namespace loadgen {

// Durations of requests that ended `ok`, beside those that did not and are therefore only lower bounds.
struct censored_histogram {
    histogram exact;
    histogram lower_bounds;

    void record(nanoseconds value, bool ok) { (ok ? exact : lower_bounds).record(value); }
    void merge(const censored_histogram& other);
    std::uint64_t count() const { return exact.count() + lower_bounds.count(); }
    histogram all() const;  // both, the lower bounds taken at face value
    template <class Fields>
    void visit(Fields& fields) {
        exact.visit(fields);
        lower_bounds.visit(fields);
    }
};

// The generator's part of the times that it made longer, which are few: the others cost nothing here.
struct own_delays {
    histogram with, without;

    void record(nanoseconds value, nanoseconds own);
    void merge(const own_delays& other);
    template <class Fields>
    void visit(Fields& fields) {
        with.visit(fields);
        without.visit(fields);
    }
    histogram taken_out_of(histogram all) const;
};

// The requests of one class, or of all.
struct class_record {
    std::array<std::uint64_t, outcome_count> outcomes{};
    censored_histogram latency;  // of those that became due
    censored_histogram service;  // of those that were sent
    own_delays of_latency, of_service;

    // The least that these would have been with a generator that has no delays of its own (exchange::own).
    histogram latency_without_own() const { return of_latency.taken_out_of(latency.all()); }
    histogram service_without_own() const { return of_service.taken_out_of(service.all()); }
    std::uint64_t requests() const;
    void merge(const class_record& other);
    template <class Fields>
    void visit(Fields& fields) {
        for (auto& count : outcomes) fields.sum(count);
        latency.visit(fields);
        service.visit(fields);
        of_latency.visit(fields);
        of_service.visit(fields);
    }
};

// What a makespan went by on the slot that ended last: the generator's own delays, opening connections, and
// the rest, which is the server's.
struct makespan_parts {
    nanoseconds generator{0};
    nanoseconds connect{0};
};

class recorder {
public:
    // `window` is the measured time of a run with a duration; completions after it do not count towards its
    // rate.
    recorder(std::size_t classes, std::size_t rows_cap, nanoseconds window);

    void started(nanoseconds due) { timeline_.started(due); }
    void finished(const exchange& request);
    void slot_reached(nanoseconds at, const makespan_parts& parts);  // the last tells the makespan's
    void merge(const recorder& other);

    const std::vector<class_record>& classes() const { return classes_; }
    class_record all_classes() const;
    const histogram& queue() const { return queue_; }
    const histogram& connect() const { return connect_; }
    const histogram& lag() const { return lag_; }
    const histogram& read() const { return read_; }  // of replies that the kernel stamped
    const histogram& tls() const { return tls_; }    // of the handshakes that there were
    std::uint64_t resumed() const { return resumed_; }
    std::uint64_t retries() const { return retries_; }  // tries beyond the first, of all requests
    const loadgen::timeline& timeline() const { return timeline_; }
    const std::vector<exchange>& rows() const { return rows_; }
    std::uint64_t rows_cut() const { return rows_cut_; }
    std::uint64_t count(outcome result) const;
    std::uint64_t requests() const;
    std::uint64_t count_of_status(unsigned hundreds) const { return statuses_.at(hundreds); }
    std::uint64_t lacked(shortage which) const { return shortages_[index_of(which)]; }
    std::uint64_t lacked() const;  // anything
    std::uint64_t ok_in_window() const { return ok_in_window_; }
    // The same had the generator had no delays of its own.
    std::uint64_t ok_in_window_without_own() const { return ok_in_window_without_own_; }
    nanoseconds first_due() const { return first_due_; }
    nanoseconds last_done() const { return last_done_; }
    nanoseconds last_read() const { return last_read_; }
    nanoseconds last_done_without_own() const { return last_done_without_own_; }
    const makespan_parts& last_parts() const { return last_parts_; }
    std::uint64_t in_two_pieces() const { return in_two_pieces_; }
    std::uint64_t begun() const { return begun_; }
    nanoseconds first_begun() const { return first_begun_; }
    nanoseconds last_begun() const { return last_begun_; }
    nanoseconds last_slot() const { return last_slot_; }  // which `last_parts` are of

    // For who sends it elsewhere: all that `merge` adds up, or of which the largest or smallest counts. The
    // rows and what `slot_reached` was told are not among it.
    template <class Fields>
    void visit(Fields& fields) {
        for (auto& c : classes_) c.visit(fields);
        for (auto* h : {&queue_, &connect_, &lag_, &read_, &tls_}) h->visit(fields);
        timeline_.visit(fields);
        for (auto& count : statuses_) fields.sum(count);
        for (auto& count : shortages_) fields.sum(count);
        for (auto* count : {&resumed_, &retries_, &rows_cut_, &ok_in_window_, &ok_in_window_without_own_,
                            &in_two_pieces_, &begun_})
            fields.sum(*count);
        for (auto* last : {&last_done_, &last_done_without_own_, &last_read_, &last_begun_})
            fields.most(*last);
        for (auto* first : {&first_due_, &first_begun_}) fields.least(*first);
    }
    void take_rows(std::vector<exchange> rows) { rows_ = std::move(rows); }

private:
    void add_times(const exchange& request);

    std::vector<class_record> classes_;
    histogram queue_, connect_, lag_, read_, tls_;
    std::uint64_t resumed_ = 0;  // of the handshakes
    std::uint64_t retries_ = 0;
    loadgen::timeline timeline_;
    std::vector<exchange> rows_;
    std::size_t rows_cap_;
    std::uint64_t rows_cut_ = 0;
    nanoseconds window_;
    std::uint64_t ok_in_window_ = 0, ok_in_window_without_own_ = 0;
    std::array<std::uint64_t, 6> statuses_{};  // by their first digit; 0: none of HTTP's
    std::array<std::uint64_t, shortage_count> shortages_{};
    nanoseconds first_due_ = nanoseconds::max();
    nanoseconds last_done_{0}, last_done_without_own_{0}, last_read_{0};
    nanoseconds last_slot_{0};
    makespan_parts last_parts_;
    std::uint64_t in_two_pieces_ = 0;  // replies whose last byte came as late as a delayed acknowledgement
    std::uint64_t begun_ = 0;          // those sent, or connected for, whatever came of it
    nanoseconds first_begun_ = nanoseconds::max(), last_begun_{0};
};

}  // namespace loadgen
