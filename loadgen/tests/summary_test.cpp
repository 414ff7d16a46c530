#include "loadgen/summary.hpp"

#include <gtest/gtest.h>

#include "loadgen/tests/made_up.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

using tests::counting_plan;
using tests::measured;
using tests::request;

TEST(summary, makespan_is_first_due_to_last_done_beside_the_ideal) {
    const auto s =
        summarise(counting_plan(2), {}, 50ms,
                  measured({request(0, 0ms, 60ms, outcome::ok), request(1, 10ms, 40ms, outcome::ok)}, 60ms));
    EXPECT_DOUBLE_EQ(*s.makespan_ms, 60);
    EXPECT_DOUBLE_EQ(*s.makespan_over_ideal, 1.2);
    EXPECT_NEAR(s.throughput_rps, 2 / 0.06, 0.1);
    EXPECT_EQ(s.verdict, "valid");
}

TEST(summary, outcomes_add_up_to_the_requests) {
    std::vector<exchange> all;
    for (std::size_t i = 0; i < outcome_count; ++i)
        all.push_back(request(i, 0ms, 1ms, static_cast<outcome>(i)));
    const auto s = summarise(counting_plan(all.size()), {}, {}, measured(all, 1ms));
    EXPECT_EQ(s.requests, outcome_count);
    for (const auto count : s.outcomes) EXPECT_EQ(count, 1U);
}

TEST(summary, quantiles_that_failures_could_move_are_only_lower_bounds) {
    std::vector<exchange> all;
    for (std::uint64_t i = 0; i < 98; ++i) all.push_back(request(i, 0ms, 1ms, outcome::ok));
    all.push_back(request(98, 0ms, 500ms, outcome::timed_out));
    all.push_back(request(99, 0ms, 500ms, outcome::timed_out));
    const auto s = summarise(counting_plan(100), {}, {}, measured(all, 500ms));
    EXPECT_NEAR(s.p50.exact_us.value(), 1000, 1);  // the same wherever the two failures really lie
    EXPECT_FALSE(s.p50.at_least_us);
    EXPECT_FALSE(s.p99.exact_us);
    EXPECT_NEAR(s.p99.at_least_us.value(), 500'000, 500);
    EXPECT_FALSE(s.max.exact_us);
    EXPECT_FALSE(s.mean.exact_us);
    EXPECT_NEAR(s.mean.at_least_us.value(), (98 * 1000.0 + 2 * 500'000.0) / 100, 1);
}

TEST(summary, a_failure_faster_than_the_rest_does_not_make_them_look_fast) {
    std::vector<exchange> all;
    for (std::uint64_t i = 0; i < 60; ++i) all.push_back(request(i, 0ms, 0ms, outcome::connect_failed));
    for (std::uint64_t i = 60; i < 100; ++i) all.push_back(request(i, 0ms, 10ms, outcome::ok));
    const auto s = summarise(counting_plan(100), {}, {}, measured(all, 10ms));
    EXPECT_FALSE(s.p50.exact_us);
    EXPECT_DOUBLE_EQ(s.p50.at_least_us.value(), 0);
}

TEST(summary, requests_that_were_never_sent_have_no_part_in_the_cpu_of_one) {
    std::vector<exchange> all{request(0, 0ms, 1ms, outcome::ok), request(1, 0ms, 0ms, outcome::unfinished)};
    auto m = measured(all, 1ms);
    m.generator_cpu = 30us;
    EXPECT_DOUBLE_EQ(summarise(counting_plan(2), {}, {}, m).generator_cpu_us_per_request.value(), 30);
}

TEST(summary, the_share_of_resumed_sessions_is_of_the_handshakes_that_there_were) {
    std::vector<exchange> all;
    for (std::uint64_t i = 0; i < 5; ++i) all.push_back(request(i, 0ms, 1ms, outcome::ok));
    EXPECT_FALSE(summarise(counting_plan(5), {}, {}, measured(all, 1ms)).tls_resumed_share);
    all[0].tls = 2ms;
    all[0].is_resumed = true;
    EXPECT_DOUBLE_EQ(summarise(counting_plan(5), {}, {}, measured(all, 1ms)).tls_resumed_share.value(), 1);
    for (std::size_t i = 1; i < 4; ++i) all[i].tls = 2ms;
    EXPECT_DOUBLE_EQ(summarise(counting_plan(5), {}, {}, measured(all, 1ms)).tls_resumed_share.value(), 0.25);
}

TEST(summary, requests_that_never_became_due_count_and_have_no_latency) {
    auto never = request(1, 0ms, 0ms, outcome::unfinished);
    never.was_due = false;
    const auto s =
        summarise(counting_plan(2), {}, {}, measured({request(0, 0ms, 1ms, outcome::ok), never}, 1ms));
    EXPECT_EQ(s.requests, 2U);
    EXPECT_EQ(s.outcomes[index_of(outcome::unfinished)], 1U);
    EXPECT_NEAR(s.p50.exact_us.value(), 1000, 1);
}

TEST(summary, a_run_without_one_ok_or_whose_server_was_lost_has_an_exit_code_of_its_own) {
    const auto of = [](outcome result, nanoseconds lost_for) {
        auto m = measured({request(0, 0ms, 1ms, result)}, 1ms);
        m.server_lost_for = lost_for;
        return exit_code_of(summarise(counting_plan(1), {}, {}, m), false);
    };
    EXPECT_EQ(of(outcome::ok, 0ms), 0);
    EXPECT_EQ(of(outcome::http_error, 0ms), 4);
    EXPECT_EQ(of(outcome::ok, 2s), 4);
}

TEST(summary, tells_how_long_the_drain_took) {
    auto what = counting_plan(1);
    what.load.requests.reset();
    what.load.duration = 10ms;
    auto m = measured({request(0, 0ms, 4ms, outcome::ok), request(1, 8ms, 5ms, outcome::ok)}, 10ms);
    m.last_ended = m.record.last_done();
    EXPECT_DOUBLE_EQ(summarise(what, {}, {}, m).drain_ms.value(), 3);
}

process_sample sample(nanoseconds at, nanoseconds cpu, std::uint64_t threads, std::uint64_t switches) {
    process_sample s;
    s.at = at;
    s.cpu = cpu;
    s.threads = threads;
    s.context_switches = switches;
    return s;
}

TEST(summary, the_servers_figures_are_from_the_first_sample_to_the_last) {
    auto m = measured({request(0, 0ms, 1ms, outcome::ok), request(1, 0ms, 1ms, outcome::ok)}, 1s);
    m.samples = {sample(1s, 100ms, 3, 50), sample(2s, 150ms, 9, 60), sample(3s, 400ms, 4, 110)};
    m.server_rss_peak_kib = 4096;
    const auto s = summarise(counting_plan(2), {}, {}, m);
    EXPECT_DOUBLE_EQ(s.server_cpu_us_per_request.value(), 150'000);
    EXPECT_DOUBLE_EQ(s.server_utilisation.value(), 0.15);
    EXPECT_EQ(s.server_rss_peak_kib.value(), 4096U);
    EXPECT_EQ(s.server_threads_peak.value(), 9U);
    EXPECT_EQ(s.server_context_switches.value(), 60U);
    m.samples = {m.samples[0], m.samples[2]};
    EXPECT_EQ(summarise(counting_plan(2), {}, {}, m).server_threads_peak.value(), 4U);
    m.samples.pop_back();
    EXPECT_FALSE(summarise(counting_plan(2), {}, {}, m).server_utilisation) << "one sample tells nothing";
}

TEST(summary, a_run_of_one_request_has_every_statistic_of_it_and_a_run_of_none_has_none) {
    auto one = request(0, 0ms, 4ms, outcome::ok, 1ms, 2ms);
    one.connect = 3ms;
    one.own = 0ms;
    one.read = 5ms;
    one.by_kernel = true;
    const auto s = summarise(counting_plan(1), {}, {}, measured({one}, 10ms));
    for (const auto& each : {s.mean, s.p50, s.p90, s.p95, s.p99, s.p99_9, s.max})
        EXPECT_DOUBLE_EQ(each.exact_us.value(), 10'000);
    const auto each = [](double us) { return std::array<std::optional<double>, 3>{us, us, us}; };
    EXPECT_EQ(s.lag_us, each(1000));
    EXPECT_EQ(s.queue_us, each(2000));
    EXPECT_EQ(s.connect_us, each(3000));
    EXPECT_EQ(s.service_us, (std::array<std::optional<double>, 3>{4000, 4000, 4000}));
    EXPECT_EQ(s.read_us, each(5000)) << "and no part of the latency";
    EXPECT_DOUBLE_EQ(s.service_mean_us.value(), 4000);
    const auto none = summarise(counting_plan(1), {}, {}, measured({}, 10ms));
    EXPECT_FALSE(none.mean.exact_us || none.p50.exact_us || none.max.exact_us || none.service_mean_us);
    EXPECT_FALSE(none.queue_us[0] || none.generator_cpu_us_per_request);
    EXPECT_DOUBLE_EQ(none.makespan_ms.value(), 0);
}

TEST(summary, a_run_says_by_what_its_replies_were_done) {
    auto by_kernel = request(0, 0ms, 4ms, outcome::ok), by_read = request(1, 0ms, 4ms, outcome::http_error);
    by_kernel.by_kernel = true;
    const auto lost = request(2, 0ms, 4ms, outcome::reset);
    const auto done_by = [](const std::vector<exchange>& requests) {
        return summarise(counting_plan(3), {}, {}, measured(requests, 10ms)).done_by;
    };
    EXPECT_EQ(done_by({by_kernel, lost}), "kernel");
    EXPECT_EQ(done_by({by_read, lost}), "read");
    EXPECT_EQ(done_by({by_kernel, by_read}), "both");
    EXPECT_EQ(done_by({lost}), "");
}

TEST(summary, each_quantile_is_its_own) {
    std::vector<exchange> all;
    for (std::uint64_t i = 1; i <= 1000; ++i)
        all.push_back(request(i, 0ms, std::chrono::milliseconds(i), outcome::ok));
    const auto s = summarise(counting_plan(1000), {}, {}, measured(all, 1s));
    const auto expect = [](const statistic& found, double ms) {
        EXPECT_NEAR(found.exact_us.value(), ms * 1000, ms * 1.1) << ms;
    };
    expect(s.p50, 500);
    expect(s.p90, 900);
    expect(s.p95, 950);
    expect(s.p99, 990);
    expect(s.p99_9, 999);
    expect(s.max, 1000);
    expect(s.classes.at(0).p50, 500);
    expect(s.classes.at(0).p99, 990);
    EXPECT_NEAR(s.service_us[0].value(), 500'000, 550);
    EXPECT_NEAR(s.service_us[1].value(), 990'000, 1100);
}

TEST(summary, the_longest_is_the_longest_of_all_however_it_ended) {
    const auto max = [](nanoseconds ok, nanoseconds failed) {
        return summarise(
                   counting_plan(2), {}, {},
                   measured({request(0, 0ms, ok, outcome::ok), request(1, 0ms, failed, outcome::reset)}, 1s))
            .max.at_least_us.value();
    };
    EXPECT_DOUBLE_EQ(max(5ms, 9ms), 9000);
    EXPECT_DOUBLE_EQ(max(9ms, 5ms), 9000);
}

TEST(summary, a_makespan_has_three_parts_in_a_closed_loop_and_none_in_an_open_one) {
    auto m = measured({request(0, 10ms, 90ms, outcome::ok)}, 100ms);
    m.record.slot_reached(100ms, {.generator = 1ms, .connect = 20ms});
    auto what = counting_plan(1);
    const auto closed = summarise(what, {}, {}, m);
    EXPECT_DOUBLE_EQ(closed.makespan_ms.value(), 90);
    EXPECT_FALSE(closed.ideal_ms || closed.makespan_over_ideal);
    EXPECT_DOUBLE_EQ(closed.makespan_generator_ms.value(), 1);
    EXPECT_DOUBLE_EQ(closed.makespan_connect_ms.value(), 20);
    EXPECT_DOUBLE_EQ(closed.makespan_server_ms.value(), 69);
    EXPECT_FALSE(closed.offered_rps || closed.drain_ms);
    what.load.arrivals = arrivals::poisson;
    what.load.rate = 7;
    const auto open = summarise(what, {}, {}, m);
    EXPECT_EQ(open.arrivals, "poisson");
    EXPECT_DOUBLE_EQ(open.offered_rps.value(), 7);
    EXPECT_DOUBLE_EQ(open.makespan_ms.value(), 90);
    EXPECT_FALSE(open.makespan_server_ms);
    what.load.requests.reset();
    EXPECT_FALSE(summarise(what, {}, {}, m).makespan_ms);
}

TEST(summary, a_run_that_ended_early_has_no_drain) {
    auto what = counting_plan(1);
    what.load.requests.reset();
    what.load.duration = 10ms;
    auto m = measured({request(0, 0ms, 4ms, outcome::ok)}, 10ms);
    m.last_ended = 4ms;
    EXPECT_DOUBLE_EQ(summarise(what, {}, {}, m).drain_ms.value(), 0);
}

TEST(summary, says_how_it_was_connected_and_counts_statuses) {
    auto what = counting_plan(1);
    auto x = request(0, 0ms, 1ms, outcome::http_error);
    x.status = 503;
    EXPECT_EQ(summarise(what, {}, {}, measured({x}, 1ms)).connection_mode, "kept");
    what.mode = connection_mode::fresh;
    const auto s = summarise(what, {}, {}, measured({x}, 1ms));
    EXPECT_EQ(s.connection_mode, "fresh");
    EXPECT_EQ(s.statuses, (std::array<std::uint64_t, 6>{0, 0, 0, 0, 0, 1}));
    x.status = 999;
    EXPECT_EQ(summarise(what, {}, {}, measured({x}, 1ms)).statuses[0], 1U) << "none of HTTP's";
}

TEST(summary, a_server_is_lost_after_a_tenth_of_a_second_unless_the_generator_lacked_something) {
    const auto lost = [](nanoseconds lost_for, bool gave_up, shortage lacked) {
        auto x = request(0, 0ms, 1ms, outcome::ok);
        x.lacked = lacked;
        auto m = measured({x}, 1ms);
        m.server_lost_for = lost_for;
        m.gave_up = gave_up;
        return summarise(counting_plan(1), {}, {}, m);
    };
    EXPECT_FALSE(lost(99ms, false, shortage::none).server_lost);
    EXPECT_TRUE(lost(100ms, false, shortage::none).server_lost);
    EXPECT_FALSE(lost(1s, false, shortage::files).server_lost);
    EXPECT_TRUE(lost(0ms, true, shortage::none).server_lost);
    EXPECT_TRUE(lost(0ms, true, shortage::none).gave_up);
    EXPECT_FALSE(lost(1s, true, shortage::files).gave_up);
    EXPECT_FALSE(lost(1s, true, shortage::files).server_lost);
}

TEST(summary, an_interruption_comes_before_an_invalid_run_and_that_before_a_failed_one) {
    summary run;
    run.verdict = "invalid";
    run.was_interrupted = true;
    EXPECT_EQ(exit_code_of(run, true), 130);
    run.was_interrupted = false;
    EXPECT_EQ(exit_code_of(run, true), 3);
    EXPECT_EQ(exit_code_of(run, false), 4);
    run.outcomes[index_of(outcome::ok)] = 1;
    EXPECT_EQ(exit_code_of(run, false), 0);
    run.failed_if = "p99>1ms";
    EXPECT_EQ(exit_code_of(run, true), 3);
    EXPECT_EQ(exit_code_of(run, false), 4);
    run.verdict = "valid";
    EXPECT_EQ(exit_code_of(run, true), 4);
    run.failed_if.clear();
    EXPECT_EQ(exit_code_of(run, true), 0);
}

}  // namespace
}  // namespace loadgen
