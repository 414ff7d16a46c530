#include "loadgen/backlog.hpp"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

backlog of_rate(double rps) {
    load offered;
    offered.arrivals = arrivals::constant;
    offered.rate = rps;
    offered.requests = 1'000'000;
    return backlog(schedule(offered, 0, 1));
}

TEST(backlog, gives_the_oldest_first_with_the_time_at_which_it_was_handed_out) {
    auto waiting = of_rate(1000);
    waiting.add(0ms);
    waiting.add(101ms);  // the second was due at 1 ms
    waiting.add(101ms);
    EXPECT_EQ(waiting.size(), 3U);
    EXPECT_EQ(waiting.take().handed_out, 0ms);
    const auto second = waiting.take();
    EXPECT_EQ(second.request.request, 1U);
    EXPECT_EQ(second.request.due, 1ms);
    EXPECT_EQ(second.handed_out, 101ms);
    EXPECT_EQ(waiting.take().handed_out, 101ms);
    EXPECT_EQ(waiting.size(), 0U);
}

TEST(backlog, nothing_is_handed_out_before_it_is_due) {
    auto waiting = of_rate(20'000);  // 50 us apart: two in a burst
    waiting.add(0us);
    waiting.add(50us);
    waiting.take();
    EXPECT_EQ(waiting.take().handed_out, 50us);
}

TEST(backlog, grows_as_it_must) {
    auto waiting = of_rate(1000);
    for (int i = 0; i < 10'000; ++i) waiting.add(i * 1ms);
    for (int i = 0; i < 10'000; ++i) ASSERT_EQ(waiting.take().handed_out, i * 1ms);
}

TEST(backlog, what_is_handed_out_within_a_tenth_of_a_millisecond_is_one_burst) {
    auto waiting = of_rate(1'000'000);
    for (const auto at : {1000us, 1099us, 1100us, 1200us, 1300us}) waiting.add(at);
    for (const auto at : {1000us, 1000us, 1100us, 1200us, 1300us}) EXPECT_EQ(waiting.take().handed_out, at);
}

}  // namespace
}  // namespace loadgen
