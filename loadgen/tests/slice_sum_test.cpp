#include "loadgen/slice_sum.hpp"

#include <gtest/gtest.h>

#include "loadgen/tests/made_up.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using namespace tests;

plan slice_plan() {
    auto asked = counting_plan(1);
    asked.load.requests.reset();
    asked.load.duration = 10ms;
    asked.is_slice = true;
    return asked;
}

// `count` requests of 1 ms, of which the last fails, and what was sampled of the server meanwhile.
measurement slice_of(std::uint64_t count, nanoseconds length, nanoseconds cpu) {
    std::vector<exchange> requests;
    for (std::uint64_t i = 0; i < count; ++i)
        requests.push_back(
            request(i, nanoseconds(0), 1ms, i + 1 < count ? outcome::ok : outcome::http_error));
    auto m = measured(requests, length);
    m.samples = {{.at = -1ms, .cpu = 7s, .threads = 2, .context_switches = 5},
                 {.at = length + 1ms, .cpu = 7s + cpu, .threads = 3, .context_switches = 9}};
    m.generator_cpu = cpu / 2;
    m.server_rss_peak_kib = count;
    fit_samples(m);
    return m;
}

summary row_of(const measurement& m, bool client_bound = false) {
    auto row = summarise(slice_plan(), {}, {}, m);
    row.client_bound = client_bound;
    return row;
}

TEST(slice_sum, counts_and_times_add_up) {
    slice_sum sum;
    for (const auto& m : {slice_of(10, 10ms, 1ms), slice_of(30, 20ms, 3ms)}) sum.add(m, row_of(m));
    const auto all = sum.summarised(slice_plan(), {});
    EXPECT_EQ(sum.slices(), 2U);
    EXPECT_EQ(all.requests, 40U);
    EXPECT_EQ(all.outcomes[index_of(outcome::http_error)], 2U);
    EXPECT_DOUBLE_EQ(all.duration_s, 0.030);
    EXPECT_DOUBLE_EQ(all.throughput_rps, 38 / 0.030);
    EXPECT_DOUBLE_EQ(all.server_cpu_us_per_request.value(), 4000.0 / 40);
    EXPECT_DOUBLE_EQ(all.generator_cpu_us_per_request.value(), 2000.0 / 40);
    EXPECT_NEAR(all.server_utilisation.value(), 4.0 / 30, 1e-9);
    EXPECT_EQ(all.server_context_switches, 8U);
    EXPECT_EQ(all.server_threads_peak, 3U);
    EXPECT_EQ(all.server_rss_peak_kib, 30U);
    EXPECT_EQ(all.rows_cut, 0U);
    EXPECT_FALSE(all.drain_ms);
}

TEST(slice_sum, latencies_are_those_of_all_requests_of_all_slices) {
    const auto fast = measured({request(0, 0ns, 1ms, outcome::ok), request(1, 0ns, 1ms, outcome::ok)}, 1ms);
    const auto slow = measured({request(0, 0ns, 9ms, outcome::ok)}, 9ms);
    slice_sum sum;
    sum.add(fast, row_of(fast));
    sum.add(slow, row_of(slow));
    const auto all = sum.summarised(slice_plan(), {});
    EXPECT_NEAR(all.p50.exact_us.value(), 1000, 1);
    EXPECT_NEAR(all.max.exact_us.value(), 9000, 0.1);
    EXPECT_EQ(sum.record()->classes()[0].latency.count(), 3U);
}

TEST(slice_sum, shares_of_time_weigh_as_long_as_their_slices) {
    slice_sum sum;
    for (const auto& [length, running] : {std::pair(10ms, 0.2), std::pair(30ms, 0.6)}) {
        auto m = slice_of(2, length, 1ms);
        m.generator_utilisation = {running, running / 2, running / 4};
        sum.add(m, row_of(m));
    }
    const auto all = sum.summarised(slice_plan(), {});
    EXPECT_DOUBLE_EQ(all.generator_utilisation, 0.5);
    EXPECT_DOUBLE_EQ(all.generator_waiting_utilisation, 0.25);
    EXPECT_DOUBLE_EQ(all.generator_absent_utilisation, 0.125);
}

TEST(slice_sum, is_client_bound_where_the_larger_half_of_its_slices_is) {
    for (const int bound : {0, 2, 3}) {
        slice_sum sum;
        for (int i = 0; i < 4; ++i) {
            const auto m = slice_of(2, 10ms, 1ms);
            sum.add(m, row_of(m, i < bound));
        }
        EXPECT_EQ(sum.summarised(slice_plan(), {}).client_bound, bound == 3) << bound;
    }
}

TEST(slice_sum, of_sums_is_the_sum_of_all_their_slices) {
    slice_sum sum, four, empty;
    for (int i = 0; i < 2; ++i) {
        const auto m = slice_of(5, 10ms, 1ms);
        four.add(m, row_of(m));
    }
    for (int i = 0; i < 3; ++i) sum.add(four);
    sum.add(empty);
    const auto all = sum.summarised(slice_plan(), {});
    EXPECT_EQ(sum.slices(), 6U);
    EXPECT_EQ(all.requests, 30U);
    EXPECT_DOUBLE_EQ(all.duration_s, 0.060);
    EXPECT_DOUBLE_EQ(all.server_cpu_us_per_request.value(), 6000.0 / 30);
}

TEST(slice_sum, of_nothing_has_no_request_and_no_figure_that_is_not_a_number) {
    const auto none = slice_sum().summarised(slice_plan(), {});
    EXPECT_EQ(none.requests, 0U);
    EXPECT_EQ(none.throughput_rps, 0);
    EXPECT_FALSE(none.p50.exact_us || none.server_cpu_us_per_request);
}

TEST(slice_sum, an_open_loop_sent_at_the_share_of_its_offer_that_its_slices_did_on_average) {
    auto asked = slice_plan();
    asked.load.arrivals = arrivals::constant;
    asked.load.rate = 1000;
    slice_sum sum;
    for (const double achieved : {0.9, 1.0}) {
        const auto m = slice_of(2, 10ms, 1ms);
        auto row = summarise(asked, {}, {}, m);
        row.achieved_over_offered = achieved;
        sum.add(m, row);
    }
    EXPECT_DOUBLE_EQ(sum.summarised(asked, {}).achieved_over_offered.value(), 0.95);
}

}  // namespace
}  // namespace loadgen
