// The handicap: what it costs in processor time, which no other load on the machine can change.
#include "servers/work.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>

namespace servers {
namespace {

using namespace std::chrono_literals;

std::chrono::nanoseconds used_by_this_thread() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

std::chrono::nanoseconds cost_of(const handicap& burden, int times) {
    const auto before = used_by_this_thread();
    for (int i = 0; i < times; ++i) burden.burn();
    return used_by_this_thread() - before;
}

TEST(handicap, costs_the_processor_time_it_is_given) {
    for (const auto& [each, times] : {std::pair<std::chrono::nanoseconds, int>{1us, 20'000}, {1ms, 20}}) {
        EXPECT_GE(cost_of(handicap(each), times), 18ms);
        EXPECT_LE(cost_of(handicap(each), times), 23ms);
    }
}

TEST(handicap, counts_in_nanoseconds) {
    EXPECT_GE(cost_of(handicap(2us), 10'000) / 2, cost_of(handicap(100ns), 10'000));
}

TEST(handicap, is_the_same_for_each_request) {
    const handicap burden(20us);
    for (int request = 0; request < 100; ++request) EXPECT_GE(cost_of(burden, 1), 18us);
}

TEST(handicap, of_nothing_is_free) {
    EXPECT_LT(cost_of(handicap(0ns), 1'000), cost_of(handicap(1ms), 10));
}

}  // namespace
}  // namespace servers
