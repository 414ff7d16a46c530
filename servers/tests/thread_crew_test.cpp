// Threads that come and go, and are all joined (the sanitizers would report one that is not).
#include "servers/thread_crew.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <latch>
#include <utility>

#include "servers/descriptor.hpp"

namespace servers {
namespace {

using namespace std::chrono_literals;

std::pair<descriptor, descriptor> connected_sockets() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return {};
    return {descriptor(ends[0]), descriptor(ends[1])};
}

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

TEST(thread_crew, interrupts_what_its_threads_wait_in_until_they_have_ended) {
    const auto [here, there] = connected_sockets();
    std::atomic<int> interrupted{0};
    thread_crew crew;
    for (int i = 0; i < 50; ++i) {
        crew.start([&interrupted, socket = here.get()] {
            char byte = 0;
            if (::recv(socket, &byte, 1, 0) < 0 && errno == EINTR) ++interrupted;
        });
    }
    EXPECT_FALSE(crew.ended_within(1ms));
    EXPECT_TRUE(crew.interrupted_and_ended_within(10s));
    EXPECT_EQ(interrupted, 50);
}

TEST(thread_crew, interrupts_only_as_long_as_it_is_told) {
    std::latch go(1);
    thread_crew crew;
    crew.start([&go] { go.wait(); });
    EXPECT_FALSE(crew.interrupted_and_ended_within(30ms));
    go.count_down();
    EXPECT_TRUE(crew.interrupted_and_ended_within(10s));
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
