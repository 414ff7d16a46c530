#include "loadgen/fail_if.hpp"

#include <gtest/gtest.h>

#include "loadgen/tests/made_up.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using tests::counting_plan;
using tests::measured;
using tests::request;

summary run_of(const std::vector<exchange>& requests) {
    return summarise(counting_plan(requests.size()), {}, {}, measured(requests, 1s));
}

// 10 ms each.
summary four_in_time() {
    std::vector<exchange> all;
    for (std::uint64_t i = 0; i < 4; ++i) all.push_back(request(i, 0ms, 10ms, outcome::ok));
    return run_of(all);
}

bool holds(const std::string& text, const summary& run) {
    const auto parsed = parse_condition(text);
    EXPECT_TRUE(parsed.value) << text << ": " << parsed.fault;
    return parsed.value && parsed.value->holds(run);
}

TEST(fail_if, a_latency_is_held_against_its_limit_whatever_the_unit) {
    const auto run = four_in_time();
    EXPECT_TRUE(holds("p99>9ms", run) && holds("p99>9999us", run) && holds("latency_p99_us>0.009s", run));
    EXPECT_FALSE(holds("p99>11ms", run) || holds("p99.9<9ms", run) || holds("max>0.011s", run));
    EXPECT_TRUE(holds("p50<11ms", run) && holds("mean>=10ms", run) && holds("p90<=10ms", run));
    EXPECT_FALSE(holds("p50>10ms", run) || holds("p95<10ms", run));
}

TEST(fail_if, any_number_of_the_summary_may_be_named) {
    const auto run = four_in_time();
    EXPECT_TRUE(holds("throughput_rps<5", run) && holds("ok<=4", run) && holds("makespan_ms>9ms", run));
    EXPECT_FALSE(holds("throughput_rps<3", run) || holds("ok<4", run) || holds("duration_s>2s", run));
}

TEST(fail_if, errors_are_a_share_of_the_requests) {
    const auto run = run_of({request(0, 0ms, 1ms, outcome::ok), request(1, 0ms, 1ms, outcome::reset),
                             request(2, 0ms, 1ms, outcome::ok), request(3, 0ms, 1ms, outcome::ok)});
    EXPECT_TRUE(holds("errors>24%", run) && holds("errors>0", run) && holds("errors>=0.25", run));
    EXPECT_FALSE(holds("errors>25%", run) || holds("errors>0.5", run));
    EXPECT_EQ(parse_condition("errors>1%").value->told(run), "--fail-if errors>1%: it is 25 %");
}

TEST(fail_if, what_a_run_does_not_tell_fails_it) {
    const auto run = four_in_time();
    EXPECT_TRUE(holds("server_cpu_us_per_request>1s", run));
    EXPECT_TRUE(holds("server_cpu_us_per_request<1us", run));
    EXPECT_EQ(parse_condition("server_utilisation>1").value->told(run),
              "--fail-if server_utilisation>1: the run does not tell");
}

TEST(fail_if, a_lower_bound_may_be_beyond_the_limit_and_may_not_be_below_it) {
    const auto run = run_of({request(0, 0ms, 10ms, outcome::timed_out)});
    EXPECT_TRUE(holds("p99>5ms", run));
    EXPECT_TRUE(holds("p99>20ms", run)) << "it may well be more";
    EXPECT_FALSE(holds("p99<5ms", run)) << "it cannot be less";
    EXPECT_TRUE(holds("p99<=10ms", run) && !holds("p99<10ms", run)) << "it may be no more";
    EXPECT_EQ(parse_condition("p99>5ms").value->told(run), "--fail-if p99>5ms: it is at least 10.00 ms");
}

TEST(fail_if, a_mistake_is_told_with_what_would_be_right) {
    for (const auto& [text, words] :
         {std::pair("p99", "is not NAME>VALUE"), std::pair("p98>1ms", "'p98' is no number of summary.csv"),
          std::pair("verdict>1", "'verdict' is no number of summary.csv"),
          std::pair(">1ms", "'' is no number of summary.csv"),
          std::pair("p99>50", "'50' is not a time with its unit"),
          std::pair("p99>", "'' is not a time with its unit"), std::pair("ok<many", "'many' is not a number"),
          std::pair("errors>1ms", "'1ms' is not a share of the requests")})
        EXPECT_NE(parse_condition(text).fault.find(words), std::string::npos) << parse_condition(text).fault;
}

}  // namespace
}  // namespace loadgen
