#include "loadgen/summary.hpp"

#include <gtest/gtest.h>

#include "loadgen/verdict.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

exchange request(std::uint64_t index, nanoseconds due, nanoseconds service, outcome result,
                 nanoseconds lag = 0ns, nanoseconds queue = 0ns) {
    exchange x;
    x.request = index;
    x.due = due;
    x.queue = queue;
    x.lag = x.own = lag;
    x.service = service;
    x.result = result;
    return x;
}

measurement measured(const std::vector<exchange>& requests, nanoseconds length) {
    measurement m{.record = recorder(1, 1000, length)};
    for (const auto& x : requests) {
        m.record.started(x.due);
        m.record.finished(x);
    }
    m.length = length;
    return m;
}

plan counting_plan(std::uint64_t requests) {
    plan what;
    what.classes.push_back({"all", 1, "/", {}});
    what.load.requests = requests;
    return what;
}

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

TEST(verdict, a_slow_server_never_invalidates_a_run) {
    const auto m =
        measured({request(0, 0ms, 30s, outcome::ok), request(1, 0ms, 60s, outcome::timed_out)}, 60s);
    const auto s = summarise(counting_plan(2), {}, {}, m);
    EXPECT_EQ(s.verdict, "valid");
}

TEST(verdict, a_late_generator_invalidates_an_open_loop_and_says_why) {
    auto what = counting_plan(1);
    what.load.arrivals = arrivals::constant;
    what.load.rate_rps = 1;
    const auto s = summarise(what, {}, {}, measured({request(0, 0ms, 1ms, outcome::ok, 5ms)}, 6ms));
    EXPECT_EQ(s.verdict, "invalid");
    EXPECT_NE(s.reasons.find("latency p99 from 1.00 ms to 6.00 ms, limit 5 %"), std::string::npos)
        << s.reasons;
}

TEST(verdict, queueing_for_a_connection_saturates_but_is_valid) {
    auto what = counting_plan(1);
    what.load.arrivals = arrivals::poisson;
    what.load.rate_rps = 1;
    const auto s = summarise(what, {}, {}, measured({request(0, 0ms, 1ms, outcome::ok, 0ms, 5ms)}, 6ms));
    EXPECT_EQ(s.verdict, "valid");
    EXPECT_TRUE(s.saturated);
}

TEST(verdict, a_closed_loop_that_used_its_whole_core_is_client_bound) {
    auto m = measured({request(0, 0ms, 1ms, outcome::ok)}, 1ms);
    m.generator_utilisation = {.running = 0.99, .waiting = 0};
    const auto s = summarise(counting_plan(1), {}, {}, m);
    EXPECT_TRUE(s.client_bound);
    EXPECT_EQ(s.verdict, "valid");
}

TEST(verdict, a_generator_that_waited_for_a_core_invalidates_an_open_loop) {
    auto what = counting_plan(1);
    what.load.arrivals = arrivals::constant;
    what.load.rate_rps = 1;
    auto m = measured({request(0, 0ms, 1ms, outcome::ok, 0ms, 500ms)}, 1ms);
    m.generator_utilisation = {.running = 0.40, .waiting = 0.56};
    const auto s = summarise(what, {}, {}, m);
    EXPECT_EQ(s.verdict, "invalid") << "saturated or not: with no time to spare nobody can tell";
    EXPECT_NE(s.reasons.find("it ran 40 % of the time and waited 56 % for a core, limit 95 %"),
              std::string::npos)
        << s.reasons;
}

TEST(verdict, sending_less_than_offered_without_a_queue_invalidates_an_open_loop) {
    auto what = counting_plan(10);
    what.load.arrivals = arrivals::constant;
    what.load.rate_rps = 2000;
    std::vector<exchange> all;
    for (int i = 0; i < 10; ++i)
        all.push_back(request(static_cast<std::uint64_t>(i), i * 1ms, 100us, outcome::ok));
    const auto s = summarise(what, {}, {}, measured(all, 10ms));
    EXPECT_NEAR(s.achieved_over_offered.value(), 0.5, 1e-9);
    EXPECT_NE(s.reasons.find("sent at 50.0 % of the offered rate, limit 95.0 %"), std::string::npos)
        << s.reasons;
}

TEST(verdict, a_server_that_refuses_connections_is_not_the_generators_fault) {
    auto what = counting_plan(10);
    what.load.arrivals = arrivals::constant;
    what.load.rate_rps = 1000;
    std::vector<exchange> all;
    for (int i = 0; i < 10; ++i) {
        all.push_back(request(static_cast<std::uint64_t>(i), i * 1ms, 0ms, outcome::connect_failed));
        all.back().connect = 20us;
    }
    EXPECT_EQ(summarise(what, {}, {}, measured(all, 10ms)).verdict, "valid");
}

TEST(verdict, time_taken_by_the_hypervisor_is_named_beside_a_reason_and_is_none_itself) {
    auto what = counting_plan(1);
    what.load.arrivals = arrivals::constant;
    what.load.rate_rps = 1;
    auto late = measured({request(0, 0ms, 1ms, outcome::ok, 5ms)}, 6ms);
    late.stolen = 0.034;
    EXPECT_NE(summarise(what, {}, {}, late)
                  .reasons.find("(the hypervisor took 3.4 % of the machine's time meanwhile)"),
              std::string::npos);
    auto punctual = measured({request(0, 0ms, 1ms, outcome::ok)}, 6ms);
    punctual.stolen = 0.034;
    EXPECT_EQ(summarise(what, {}, {}, punctual).verdict, "valid");
}

// 1,000 requests of 1 ms, of which the last twenty were open while the generator was stopped for 50 ms.
measurement stopped(bool closed) {
    std::vector<exchange> all;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        all.push_back(request(i, 2ms * static_cast<int>(i), i < 980 ? 1ms : 50ms, outcome::ok));
        if (i >= 980) all.back().own = 49ms;
    }
    auto m = measured(all, 2s);
    m.lost_mean = m.lost_most = closed ? 0.025 : 0;
    return m;
}

TEST(verdict, a_quantile_that_the_generators_own_stop_may_have_moved_invalidates_any_loop) {
    for (const auto kind : {arrivals::closed, arrivals::constant}) {
        auto what = counting_plan(1000);
        what.load.arrivals = kind;
        what.load.rate_rps = 500;
        const auto s = summarise(what, {}, {}, stopped(kind == arrivals::closed));
        EXPECT_NE(s.reasons.find("latency p99 from 1.00 ms to 50.0"), std::string::npos) << s.reasons;
        EXPECT_FALSE(s.saturated);
    }
}

TEST(verdict, a_stop_that_moved_no_quantile_leaves_a_run_valid) {
    std::vector<exchange> all;
    for (std::uint64_t i = 0; i < 1000; ++i)
        all.push_back(request(i, 2ms * static_cast<int>(i), i < 995 ? 1ms : 4ms, outcome::ok));
    for (auto& x : all) x.own = x.service > 1ms ? 3ms : 0ms;
    EXPECT_EQ(summarise(counting_plan(1000), {}, {}, measured(all, 2s)).verdict, "valid");
}

TEST(verdict, a_makespan_or_a_rate_loses_what_the_generator_loses) {
    auto m = measured({request(0, 0ms, 50ms, outcome::ok)}, 50ms);
    m.lost_most = 0.06;  // of one of several threads: it may be the one that ended last
    m.lost_mean = 0.02;
    EXPECT_NE(summarise(counting_plan(1), {}, {}, m).reasons.find("for 6.0 % of the time, limit 5 %"),
              std::string::npos);
    auto timed = counting_plan(1);
    timed.load.requests.reset();
    timed.load.duration = 50ms;
    EXPECT_EQ(summarise(timed, {}, {}, m).verdict, "valid") << "a rate is of all threads";
}

TEST(verdict, a_closed_loop_that_waits_for_a_core_is_client_bound_too) {
    auto m = measured({request(0, 0ms, 1ms, outcome::ok)}, 1ms);
    m.generator_utilisation = {.running = 0.50, .waiting = 0.48};
    EXPECT_TRUE(summarise(counting_plan(1), {}, {}, m).client_bound);
}

TEST(verdict, what_the_generator_ran_out_of_invalidates_a_run_and_names_the_limit) {
    std::vector<exchange> all{request(0, 0ms, 1ms, outcome::ok), request(1, 0ms, 0ms, outcome::unfinished)};
    all[1].lacked = shortage::files;
    const auto s = summarise(counting_plan(2), {}, {}, measured(all, 1ms));
    EXPECT_EQ(s.generator_shortages, 1U);
    EXPECT_NE(s.reasons.find("ran out of open files: 1 requests were not sent (ulimit -n"), std::string::npos)
        << s.reasons;
}

TEST(verdict, a_makespan_that_is_the_generators_own_in_part_counts_and_is_told_in_parts) {
    auto m = measured({request(0, 0ms, 90ms, outcome::ok, 10ms)}, 100ms);
    m.record.slot_reached(100ms, {.generator = 10ms, .connect = 0ms});
    const auto s = summarise(counting_plan(1), {}, {}, m);
    EXPECT_TRUE(s.generator_bound);
    EXPECT_DOUBLE_EQ(s.makespan_generator_ms.value(), 10);
    EXPECT_DOUBLE_EQ(s.makespan_server_ms.value(), 90);
}

TEST(summary, requests_that_were_never_sent_have_no_part_in_the_cpu_of_one) {
    std::vector<exchange> all{request(0, 0ms, 1ms, outcome::ok), request(1, 0ms, 0ms, outcome::unfinished)};
    auto m = measured(all, 1ms);
    m.generator_cpu = 30us;
    EXPECT_DOUBLE_EQ(summarise(counting_plan(2), {}, {}, m).generator_cpu_us_per_request.value(), 30);
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

}  // namespace
}  // namespace loadgen
