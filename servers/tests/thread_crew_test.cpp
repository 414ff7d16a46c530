// Threads that come and go, and are all joined (the sanitizers would report one that is not).
#include "servers/thread_crew.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>

namespace servers {
namespace {

using namespace std::chrono_literals;

TEST(thread_crew, runs_what_it_is_given_and_waits_for_it) {
    std::atomic<int> done{0};
    {
        thread_crew crew;
        for (int i = 0; i < 500; ++i) crew.start([&done] { ++done; });
    }
    EXPECT_EQ(done, 500);
}

TEST(thread_crew, knows_whether_all_have_ended) {
    thread_crew crew;
    EXPECT_TRUE(crew.ended_within(0ms));
    std::latch go(1);
    crew.start([&go] { go.wait(); });
    EXPECT_EQ(crew.size(), 1U);
    EXPECT_FALSE(crew.ended_within(1ms));
    go.count_down();
    EXPECT_TRUE(crew.ended_within(10s));
    EXPECT_EQ(crew.size(), 0U);
}

TEST(thread_crew, may_be_started_again_after_all_have_ended) {
    thread_crew crew;
    for (int round = 0; round < 10; ++round) {
        crew.start([] {});
        EXPECT_TRUE(crew.ended_within(10s));
    }
}

TEST(thread_crew, many_may_run_at_once) {
    std::latch all(1001);
    thread_crew crew;
    for (int i = 0; i < 1000; ++i) crew.start([&all] { all.arrive_and_wait(); });
    EXPECT_EQ(crew.size(), 1000U);
    all.arrive_and_wait();
    EXPECT_TRUE(crew.ended_within(10s));
}

}  // namespace
}  // namespace servers
