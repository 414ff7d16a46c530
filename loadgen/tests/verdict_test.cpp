#include "loadgen/verdict.hpp"

#include <gtest/gtest.h>

#include "loadgen/summary.hpp"
#include "loadgen/tests/made_up.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

using tests::counting_plan;
using tests::measured;
using tests::request;

TEST(verdict, a_slow_server_never_invalidates_a_run) {
    const auto m =
        measured({request(0, 0ms, 30s, outcome::ok), request(1, 0ms, 60s, outcome::timed_out)}, 60s);
    const auto s = summarise(counting_plan(2), {}, {}, m);
    EXPECT_EQ(s.verdict, "valid");
}

TEST(verdict, a_late_generator_invalidates_an_open_loop_and_says_why) {
    auto what = counting_plan(1);
    what.load.arrivals = arrivals::constant;
    what.load.rate = 1;
    const auto s = summarise(what, {}, {}, measured({request(0, 0ms, 1ms, outcome::ok, 5ms)}, 6ms));
    EXPECT_EQ(s.verdict, "invalid");
    EXPECT_NE(s.reasons.find("latency p99 from 1.00 ms to 6.00 ms, limit 5 %"), std::string::npos)
        << s.reasons;
}

TEST(verdict, queueing_for_a_connection_saturates_but_is_valid) {
    auto what = counting_plan(1);
    what.load.arrivals = arrivals::poisson;
    what.load.rate = 1;
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
    what.load.rate = 1;
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
    what.load.rate = 2000;
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
    what.load.rate = 1000;
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
    what.load.rate = 1;
    auto late = measured({request(0, 0ms, 1ms, outcome::ok, 5ms)}, 6ms);
    late.stolen = 0.343;
    EXPECT_NE(summarise(what, {}, {}, late)
                  .reasons.find("(the hypervisor took 34.3 % of the machine's time meanwhile)"),
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
        what.load.rate = 500;
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

}  // namespace
}  // namespace loadgen
