// What each request adds to the record, and that the records of several threads add up to that of one.
#include "loadgen/recorder.hpp"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

exchange ended(outcome result, std::uint16_t status, nanoseconds due = 0ms) {
    exchange x;
    x.due = due;
    x.service = 10ms;
    x.result = result;
    x.status = status;
    return x;
}

TEST(recorder, counts_replies_by_their_statuss_first_digit) {
    recorder record(1, 0, 1s);
    for (const unsigned status : {0U, 100U, 199U, 200U, 299U, 599U, 600U, 999U})
        record.finished(ended(outcome::ok, static_cast<std::uint16_t>(status)));
    EXPECT_EQ(record.requests(), 8U);
    EXPECT_EQ(record.count_of_status(1), 2U);
    EXPECT_EQ(record.count_of_status(2), 2U);
    EXPECT_EQ(record.count_of_status(3), 0U);
    EXPECT_EQ(record.count_of_status(5), 1U);
    EXPECT_EQ(record.count_of_status(0), 2U) << "600 and 999 are none of HTTP's, and 0 is no status";
}

TEST(recorder, keeps_the_first_rows_and_counts_the_others) {
    recorder record(1, 2, 1s);
    for (std::uint64_t i = 0; i < 5; ++i) {
        auto x = ended(outcome::ok, 200);
        x.request = i;
        record.finished(x);
    }
    ASSERT_EQ(record.rows().size(), 2U);
    EXPECT_EQ(record.rows()[1].request, 1U);
    EXPECT_EQ(record.rows_cut(), 3U);
}

TEST(recorder, takes_the_own_delays_out_of_latency_and_what_lag_leaves_of_them_out_of_service) {
    recorder record(1, 0, 1s);
    auto x = ended(outcome::ok, 200);
    x.queue = 1ms;
    x.connect = 2ms;
    x.lag = 3ms;
    x.own = 7ms;
    record.finished(x);
    const auto& of = record.classes().front();
    EXPECT_EQ(of.latency.exact.max(), 16ms);
    EXPECT_EQ(of.latency_without_own().max(), 9ms);
    EXPECT_EQ(of.service.exact.max(), 10ms);
    EXPECT_EQ(of.service_without_own().max(), 6ms);
    EXPECT_EQ(record.queue().max(), 1ms);
    EXPECT_EQ(record.connect().max(), 2ms);
    EXPECT_EQ(record.lag().max(), 3ms);
    EXPECT_EQ(record.last_done(), 16ms);
    EXPECT_EQ(record.last_done_without_own(), 9ms);
}

TEST(recorder, takes_a_last_byte_as_late_as_a_delayed_acknowledgement_for_a_reply_in_two_pieces) {
    const auto counted = [](nanoseconds between, outcome result = outcome::ok, nanoseconds service = 100ms) {
        recorder record(1, 0, 1s);
        auto x = ended(result, 200);
        x.service = service;
        x.first_byte = service - between;
        record.finished(x);
        return record.in_two_pieces();
    };
    EXPECT_EQ(counted(38ms), 1U);
    EXPECT_EQ(counted(60ms), 1U);
    EXPECT_EQ(counted(38ms - 1ns), 0U);
    EXPECT_EQ(counted(60ms + 1ns), 0U);
    EXPECT_EQ(counted(40ms, outcome::http_error), 0U) << "only of replies that count";
    EXPECT_EQ(counted(40ms, outcome::ok, 40ms), 1U);
    EXPECT_EQ(counted(40ms + 1ns, outcome::ok, 40ms), 0U) << "which has no first byte";
}

TEST(recorder, has_begun_what_was_sent_or_connected_for_and_has_service_times_of_what_was_sent) {
    recorder record(1, 0, 1s);
    auto sent = ended(outcome::ok, 200, 5ms);
    auto connected = ended(outcome::connect_failed, 0, 20ms);
    connected.service = 0ns;
    connected.connect = 4ms;
    auto neither = ended(outcome::unfinished, 0, 90ms);
    neither.service = 0ns;
    for (const auto& x : {connected, sent, neither}) record.finished(x);
    EXPECT_EQ(record.begun(), 2U);
    EXPECT_EQ(record.last_begun(), 20ms);
    EXPECT_EQ(record.first_due(), 5ms);
    EXPECT_EQ(record.classes().front().service.count(), 1U);
    EXPECT_EQ(record.classes().front().service_without_own().count(), 1U);
    EXPECT_EQ(record.classes().front().latency.lower_bounds.count(), 2U);
}

TEST(recorder, connecting_is_no_part_of_when_a_request_was_begun) {
    recorder record(1, 0, 1s);
    auto x = ended(outcome::ok, 200, 100ms);
    x.queue = 1ms;
    x.connect = 2ms;
    record.finished(x);
    EXPECT_EQ(record.last_begun(), 101ms);
}

TEST(recorder, counts_in_its_window_what_is_done_by_its_end_and_what_would_be) {
    recorder record(1, 0, 100ms);
    record.finished(ended(outcome::ok, 200, 90ms));  // done at the very end
    record.finished(ended(outcome::ok, 200, 91ms));
    auto held_up = ended(outcome::ok, 200, 91ms);
    held_up.own = 1ms;
    record.finished(held_up);
    record.finished(ended(outcome::reset, 0, 10ms));
    EXPECT_EQ(record.ok_in_window(), 1U);
    EXPECT_EQ(record.ok_in_window_without_own(), 2U);
}

TEST(recorder, what_never_became_due_has_an_outcome_and_no_times) {
    recorder record(1, 1, 1s);
    auto x = ended(outcome::unfinished, 0);
    x.was_due = false;
    record.finished(x);
    EXPECT_EQ(record.count(outcome::unfinished), 1U);
    EXPECT_EQ(record.classes().front().requests(), 1U);
    EXPECT_EQ(record.classes().front().latency.count(), 0U);
    EXPECT_EQ(record.rows().size(), 1U);
    EXPECT_EQ(record.last_done(), 0ns);
}

TEST(recorder, the_slot_that_ended_last_tells_the_parts) {
    recorder record(1, 0, 1s);
    record.slot_reached(20ms, {.generator = 1ms, .connect = 2ms});
    record.slot_reached(10ms, {.generator = 5ms, .connect = 5ms});
    EXPECT_EQ(record.last_parts().generator, 1ms);
    record.slot_reached(20ms, {.generator = 3ms, .connect = 4ms});
    EXPECT_EQ(record.last_parts().generator, 3ms) << "of two that end together the one told last";
    EXPECT_EQ(record.last_parts().connect, 4ms);
}

// Requests that differ in everything that is recorded.
std::vector<exchange> some_requests() {
    std::vector<exchange> all;
    for (int i = 0; i < 8; ++i) {
        auto x = ended(static_cast<outcome>(i % 3), static_cast<std::uint16_t>(i * 100), (i + 1) * 10ms);
        x.request_class = i % 2 == 0 ? 0 : 1;
        x.service = (i + 1) * 1ms;
        x.queue = i * 2ms;
        x.connect = i * 3ms;
        x.lag = i * 4ms;
        x.own = i * 5ms;
        x.lacked = i > 5 ? shortage::ports : i > 4 ? shortage::files : shortage::none;
        all.push_back(x);
    }
    return all;
}

void expect_equal(const histogram& left, const histogram& right) {
    EXPECT_EQ(left.count(), right.count());
    EXPECT_EQ(left.sum(), right.sum());
    EXPECT_EQ(left.max(), right.max());
}

void expect_equal(const recorder& left, const recorder& right) {
    for (std::size_t i = 0; i < 2; ++i) {
        const auto &a = left.classes()[i], &b = right.classes()[i];
        EXPECT_EQ(a.requests(), b.requests());
        expect_equal(a.latency.exact, b.latency.exact);
        expect_equal(a.latency.lower_bounds, b.latency.lower_bounds);
        expect_equal(a.service.all(), b.service.all());
        expect_equal(a.latency_without_own(), b.latency_without_own());
        expect_equal(a.service_without_own(), b.service_without_own());
    }
    expect_equal(left.queue(), right.queue());
    expect_equal(left.connect(), right.connect());
    expect_equal(left.lag(), right.lag());
    for (std::size_t i = 0; i < outcome_count; ++i)
        EXPECT_EQ(left.count(static_cast<outcome>(i)), right.count(static_cast<outcome>(i)));
    for (unsigned i = 0; i < 6; ++i) EXPECT_EQ(left.count_of_status(i), right.count_of_status(i));
    for (std::size_t i = 0; i < shortage_count; ++i)
        EXPECT_EQ(left.lacked(static_cast<shortage>(i)), right.lacked(static_cast<shortage>(i)));
    EXPECT_EQ(left.lacked(), right.lacked());
    EXPECT_EQ(left.requests(), right.requests());
    EXPECT_EQ(left.rows().size() + left.rows_cut(), right.rows().size() + right.rows_cut());
    EXPECT_EQ(left.ok_in_window(), right.ok_in_window());
    EXPECT_EQ(left.ok_in_window_without_own(), right.ok_in_window_without_own());
    EXPECT_EQ(left.first_due(), right.first_due());
    EXPECT_EQ(left.last_done(), right.last_done());
    EXPECT_EQ(left.last_done_without_own(), right.last_done_without_own());
    EXPECT_EQ(left.last_parts().generator, right.last_parts().generator);
    EXPECT_EQ(left.begun(), right.begun());
    EXPECT_EQ(left.last_begun(), right.last_begun());
    EXPECT_EQ(left.timeline().intervals().size(), right.timeline().intervals().size());
}

TEST(recorder, those_of_several_threads_add_up_to_one_of_all) {
    recorder whole(2, 3, 120ms), first(2, 3, 120ms), second(2, 3, 120ms);
    const auto all = some_requests();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const makespan_parts parts{.generator = all[i].lag, .connect = 0ms};
        for (auto* record : {&whole, i < 3 ? &first : &second}) {
            record->started(all[i].due);
            record->finished(all[i]);
            record->slot_reached(all[i].done(), parts);
        }
    }
    auto one_way = first, other_way = second;
    one_way.merge(second);
    other_way.merge(first);
    expect_equal(one_way, whole);
    expect_equal(other_way, whole);
    EXPECT_EQ(whole.lacked(), 3U);
}

}  // namespace
}  // namespace loadgen
