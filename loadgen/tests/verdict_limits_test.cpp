// Where each limit of the verdict lies: what is just within it leaves a run valid, what is just beyond does
// not.
#include "loadgen/verdict.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "loadgen/tests/made_up.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

using tests::counting_plan;
using tests::measured;
using tests::request;

bool says(const verdict& judged, std::string_view reason) {
    return judged.reasons.find(reason) != std::string::npos;
}

plan open_plan(double rate_rps, arrivals kind = arrivals::constant) {
    auto what = counting_plan(1);
    what.load.arrivals = kind;
    what.load.rate = rate_rps;
    return what;
}

// A closed loop of requests of 1 ms, of which so many had this much more from the generator's own delays.
std::string reasons_of_delayed(int requests, int delayed, nanoseconds own) {
    std::vector<exchange> all;
    for (int i = 0; i < requests; ++i) {
        all.push_back(request(static_cast<std::uint64_t>(i), 0ms, 1ms, outcome::ok));
        if (i >= delayed) continue;
        all.back().service += own;
        all.back().own = own;
    }
    return judge(counting_plan(all.size()), measured(all, 1s)).reasons;
}

TEST(verdict_limits, half_a_millisecond_moves_no_quantile_below_p99) {
    EXPECT_EQ(reasons_of_delayed(1000, 1000, 500us), "");
    EXPECT_EQ(
        reasons_of_delayed(1000, 1000, 500'500ns),
        "the generator's own delays may have moved a figure: latency p50 from 1.00 ms to 1.50 ms, limit 5 %");
    EXPECT_NE(reasons_of_delayed(1000, 110, 600us).find("latency p90 from 1.00 ms to 1.60 ms"),
              std::string::npos);
    EXPECT_NE(reasons_of_delayed(1000, 60, 600us).find("latency p95 from 1.00 ms to 1.60 ms"),
              std::string::npos);
}

TEST(verdict_limits, a_millisecond_moves_no_p99) {
    EXPECT_EQ(reasons_of_delayed(1000, 20, 1ms), "");
    EXPECT_NE(reasons_of_delayed(1000, 20, 1001us).find("latency p99 from 1.00 ms to 2.00 ms"),
              std::string::npos);
}

TEST(verdict_limits, of_p99_9_it_is_two_milliseconds_and_five_where_fewer_than_ten_requests_lie_beyond) {
    EXPECT_EQ(reasons_of_delayed(10'500, 60, 2ms), "");
    EXPECT_NE(reasons_of_delayed(10'500, 60, 2'001us).find("latency p99.9 from 1.00 ms to 3.00 ms"),
              std::string::npos);
    EXPECT_EQ(reasons_of_delayed(9'500, 60, 5ms), "");
    EXPECT_NE(reasons_of_delayed(9'500, 60, 5'001us).find("latency p99.9 from 1.00 ms to 6.00 ms"),
              std::string::npos);
}

TEST(verdict_limits, a_twentieth_of_a_quantile_is_no_move_however_long) {
    const auto reasons = [](nanoseconds own) {
        auto slow = request(0, 0ms, 1s + own, outcome::ok);
        slow.own = own;
        return judge(counting_plan(1), measured({slow}, 2s)).reasons;
    };
    EXPECT_EQ(reasons(49ms), "");
    EXPECT_NE(reasons(51ms), "");
}

TEST(verdict_limits, of_the_service_p50_and_p99_are_judged_where_a_queue_hides_it_in_the_latency) {
    const auto reasons = [](std::size_t delayed, nanoseconds own) {
        std::vector<exchange> all;
        for (std::size_t i = 0; i < 100; ++i) {
            all.push_back(request(i, 0ms, 1ms, outcome::ok, 0ms, 200ms));
            if (i >= delayed) continue;
            all.back().service += own;
            all.back().own = own;
        }
        return judge(counting_plan(100), measured(all, 1s)).reasons;
    };
    EXPECT_NE(reasons(100, 700us).find("service p50 from 1.00 ms to 1.70 ms"), std::string::npos);
    EXPECT_NE(reasons(2, 2ms).find("service p99 from 1.00 ms to 3.00 ms"), std::string::npos);
    EXPECT_EQ(reasons(2, 900us), "");
}

TEST(verdict_limits, a_class_is_judged_by_itself_and_one_move_is_named) {
    for (const std::uint16_t moved : std::initializer_list<std::uint16_t>{0, 1}) {
        auto what = counting_plan(1003);
        what.classes = {{"a", 1, "/", {}}, {"b", 1, "/", {}}};
        measurement m{.record = recorder(2, 0, 1s)};
        for (std::uint64_t i = 0; i < 1003; ++i) {
            auto each = request(i, 0ms, i < 3 ? 4ms : 1ms, outcome::ok);
            each.request_class = i < 3 ? moved : static_cast<std::uint16_t>(1 - moved);
            each.own = i < 3 ? 3ms : 0ms;
            m.record.finished(each);
        }
        m.length = 1s;
        EXPECT_EQ(judge(what, m).reasons,
                  std::string("the generator's own delays may have moved a figure: latency of ") +
                      (moved == 0 ? "a" : "b") + " p99 from 1.00 ms to 4.00 ms, limit 5 %");
    }
}

TEST(verdict_limits, a_run_may_lose_a_twentieth_of_its_time_and_any_run_two_milliseconds) {
    const auto loses = [](double share, nanoseconds length) {
        auto m = measured({request(0, 0ms, 1ms, outcome::ok)}, length);
        m.lost_most = share;
        return says(judge(counting_plan(1), m), "wanted to run and did not");
    };
    EXPECT_FALSE(loses(0.05, 1s));
    EXPECT_TRUE(loses(0.051, 1s));
    EXPECT_FALSE(loses(0.08, 25ms));
    EXPECT_TRUE(loses(0.08, 26ms));
}

TEST(verdict_limits, an_open_loop_loses_time_only_where_it_is_saturated) {
    for (const auto queue : {0ms, 5ms}) {
        auto m = measured({request(0, 0ms, 1ms, outcome::ok, 0ms, queue)}, 1s);
        m.lost_most = m.lost_mean = 0.2;
        EXPECT_EQ(says(judge(open_plan(1), m), "wanted to run and did not"), queue > 0ms);
    }
}

TEST(verdict_limits, a_thread_that_has_a_twentieth_of_its_time_left_is_not_busy) {
    const auto judged = [](const plan& what, utilisation used) {
        auto m = measured({request(0, 0ms, 1ms, outcome::ok)}, 1s);
        m.generator_utilisation = used;
        return judge(what, m);
    };
    EXPECT_TRUE(judged(counting_plan(1), {.running = 0.95, .waiting = 0}).client_bound);
    EXPECT_FALSE(judged(counting_plan(1), {.running = 0.94, .waiting = 0}).client_bound);
    const auto open = judged(open_plan(1), {.running = 0.95, .waiting = 0});
    EXPECT_TRUE(says(open, "it ran 95 % of the time and waited 0 % for a core, limit 95 %"));
    EXPECT_FALSE(open.client_bound);
    EXPECT_EQ(judged(open_plan(1), {.running = 0.90, .waiting = 0.04}).reasons, "");
}

TEST(verdict_limits, more_than_a_millisecond_in_the_queue_saturates_an_open_loop_and_no_other) {
    const auto saturated = [](const plan& what, nanoseconds queue) {
        return judge(what, measured({request(0, 0ms, 1ms, outcome::ok, 0ms, queue)}, 1s)).saturated;
    };
    EXPECT_FALSE(saturated(open_plan(1), 1ms));
    EXPECT_TRUE(saturated(open_plan(1), 1001us));
    EXPECT_FALSE(saturated(counting_plan(1), 5ms));
    EXPECT_FALSE(judge(open_plan(1), measured({}, 1s)).saturated);
}

TEST(verdict_limits, more_than_a_twentieth_of_a_closed_makespan_binds_it_to_the_generator) {
    const auto bound = [](plan what, nanoseconds own) {
        auto m = measured({request(0, 0ms, 100ms, outcome::ok)}, 100ms);
        m.record.slot_reached(100ms, {.generator = own, .connect = 0ms});
        return judge(what, m).generator_bound;
    };
    EXPECT_FALSE(bound(counting_plan(1), 5ms));
    EXPECT_TRUE(bound(counting_plan(1), 6ms));
    EXPECT_FALSE(bound(open_plan(1), 6ms));
    auto timed = counting_plan(1);
    timed.load.requests.reset();
    EXPECT_FALSE(bound(timed, 6ms));
}

// A hundred replies within the 100 ms of the run, and some that came 2 ms after, 3 ms of which the generator
// took.
bool rate_is_moved(std::size_t after, std::size_t within = 100) {
    std::vector<exchange> all;
    for (std::size_t i = 0; i < within + after; ++i) {
        all.push_back(request(i, 0ms, i < within ? 90ms : 102ms, outcome::ok));
        all.back().own = i < within ? 0ms : 3ms;
    }
    const auto judged = judge(open_plan(1), measured(all, 100ms));
    return says(judged, fmt::format("moved the rate: {} of {} replies came after the end, limit 5 %", after,
                                    within + after));
}

TEST(verdict_limits, a_rate_may_miss_a_twentieth_of_its_replies) {
    EXPECT_FALSE(rate_is_moved(5));
    EXPECT_TRUE(rate_is_moved(6));
}

TEST(verdict_limits, a_rate_may_miss_one_reply_of_a_few) {
    EXPECT_FALSE(rate_is_moved(1, 8));
    EXPECT_TRUE(rate_is_moved(2, 8));
}

TEST(verdict_limits, the_makespan_of_an_open_loop_may_be_moved_by_two_milliseconds_or_a_twentieth) {
    const auto judged = [](nanoseconds service, nanoseconds own, bool is_count = true) {
        auto what = open_plan(1);
        if (!is_count) what.load.requests.reset();
        return judge(what, measured({request(0, 0ms, service, outcome::ok, own)}, 1s));
    };
    EXPECT_TRUE(says(judged(1ms, 2001us), "moved the makespan: from 1.00 ms to 3.00 ms, limit 5 %"));
    EXPECT_FALSE(says(judged(1ms, 2ms), "moved the makespan"));
    EXPECT_FALSE(says(judged(100ms, 5ms), "moved the makespan"));
    EXPECT_TRUE(says(judged(100ms, 6ms), "moved the makespan"));
    EXPECT_FALSE(says(judged(1ms, 5ms, false), "moved the makespan"));
}

TEST(verdict_limits, poisson_arrivals_are_given_four_standard_deviations_for_chance) {
    const auto reasons = [](arrivals kind, double rate_rps) {
        std::vector<exchange> all;  // 100 at 1,000 a second
        for (int i = 0; i < 100; ++i)
            all.push_back(request(static_cast<std::uint64_t>(i), i * 1ms, 100us, outcome::ok));
        return judge(open_plan(rate_rps, kind), measured(all, 1s)).reasons;
    };
    EXPECT_EQ(reasons(arrivals::constant, 1050), "");
    EXPECT_EQ(reasons(arrivals::constant, 1100), "sent at 90.9 % of the offered rate, limit 95.0 %");
    EXPECT_EQ(reasons(arrivals::poisson, 1800), "");
    EXPECT_EQ(reasons(arrivals::poisson, 2000), "sent at 50.0 % of the offered rate, limit 55.0 %");
}

TEST(verdict_limits, a_rate_takes_two_requests_and_is_none_of_a_closed_loop) {
    const auto m = measured({request(0, 0ms, 1ms, outcome::ok), request(1, 10ms, 1ms, outcome::ok)}, 1s);
    EXPECT_NEAR(achieved_over_offered(open_plan(100).load, m.record).value(), 1.0, 1e-9);
    EXPECT_FALSE(achieved_over_offered(counting_plan(2).load, m.record));
    const auto alone = measured({request(0, 0ms, 1ms, outcome::ok)}, 1s);
    EXPECT_FALSE(achieved_over_offered(open_plan(100).load, alone.record));
}

TEST(verdict_limits, instants_that_are_replayed_are_held_against_when_the_last_was_begun) {
    const auto m = measured({request(0, 0ms, 1ms, outcome::ok), request(1, 20ms, 1ms, outcome::ok)}, 1s);
    const auto achieved = [&](const instants& replayed) {
        load offered;
        offered.arrivals = arrivals::replayed;
        offered.replay = std::make_shared<instants>(replayed);
        return achieved_over_offered(offered, m.record);
    };
    EXPECT_DOUBLE_EQ(achieved({0ms, 20ms}).value(), 1);
    EXPECT_DOUBLE_EQ(achieved({0ms, 10ms}).value(), 0.5);
    EXPECT_FALSE(achieved({0ms, 0ms})) << "at once, which is no rate";
}

TEST(verdict_limits, a_hundredth_of_the_machine_is_noticed_when_it_is_stolen) {
    const auto names_it = [](double stolen) {
        auto m = measured({request(0, 0ms, 1ms, outcome::ok, 5ms)}, 1s);
        m.stolen = stolen;
        return says(judge(open_plan(1), m), "hypervisor");
    };
    EXPECT_TRUE(names_it(0.01));
    EXPECT_FALSE(names_it(0.009));
}

TEST(verdict_limits, every_shortage_and_whatever_broke_the_run_is_a_reason_in_order) {
    auto lacking = request(0, 0ms, 0ms, outcome::unfinished);
    lacking.lacked = shortage::ports;
    auto late = request(1, 0ms, 0ms, outcome::unfinished);
    late.lacked = shortage::time;
    auto m = measured({lacking, late}, 1s);
    m.fault = "it broke";
    m.was_interrupted = true;
    const auto judged = judge(counting_plan(2), m);
    EXPECT_TRUE(judged.reasons.starts_with("the generator ran out of local ports: 1 requests were not sent"));
    EXPECT_TRUE(says(judged, "; the generator ran out of time: 1 requests were not sent"));
    EXPECT_TRUE(judged.reasons.ends_with("; the generator failed: it broke; interrupted")) << judged.reasons;
}

}  // namespace
}  // namespace loadgen
