#include "loadgen/poller.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

#include <gtest/gtest.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace loadgen {
namespace {

namespace asio = boost::asio;
using executor = asio::io_context::executor_type;

// Two connected sockets, of which `near` is polled.
class poller : public testing::Test {
protected:
    poller() {
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair_.data()), 0);
        EXPECT_EQ(events_.add(near(), place_, false), 0);
    }
    ~poller() override {
        ::close(near());
        close_far();
    }

    int near() const { return pair_[0]; }
    void say() { EXPECT_EQ(::send(pair_[1], "x", 1, MSG_NOSIGNAL), 1); }
    void close_far() {
        if (pair_[1] >= 0) ::close(pair_[1]);
        pair_[1] = -1;
    }
    void wait_once() { asio::co_spawn(context_, wait(), asio::detached); }
    asio::awaitable<void, executor> wait() {
        co_await place_.changed();
        ++changes_;
    }

    asio::io_context context_{1};
    loadgen::poller events_{context_};
    pollable place_{events_};
    std::array<int, 2> pair_{};
    int changes_ = 0;
};

TEST_F(poller, resumes_the_one_who_waits_when_something_comes) {
    wait_once();
    context_.poll();
    EXPECT_EQ(changes_, 0);
    say();
    context_.run();
    EXPECT_EQ(changes_, 1);
    EXPECT_FALSE(place_.is_ended());
}

TEST_F(poller, forgets_no_event_that_came_while_nobody_waited) {
    std::array<int, 2> other{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, other.data()), 0);
    pollable second(events_);
    ASSERT_EQ(events_.add(other[0], second, false), 0);
    const auto wait_for_second = [&]() -> asio::awaitable<void, executor> { co_await second.changed(); };
    asio::co_spawn(context_, wait_for_second(), asio::detached);
    say();  // its event is fetched while only the other waits
    ASSERT_EQ(::send(other[1], "x", 1, MSG_NOSIGNAL), 1);
    context_.run();
    context_.restart();
    wait_once();
    context_.run();
    EXPECT_EQ(changes_, 1);
    ::close(other[0]);
    ::close(other[1]);
}

TEST_F(poller, knows_that_the_peer_has_closed) {
    wait_once();
    close_far();
    context_.run();
    EXPECT_TRUE(place_.is_ended());
    place_.reset();
    EXPECT_FALSE(place_.is_ended());
}

TEST_F(poller, wakes_without_an_event) {
    wait_once();
    context_.poll();
    place_.wake();
    EXPECT_EQ(changes_, 0) << "the waiter is resumed by the loop, not from within wake()";
    context_.run();
    EXPECT_EQ(changes_, 1);
}

TEST_F(poller, keeps_the_loop_running_only_while_somebody_waits) {
    context_.run();  // returns at once
    context_.restart();
    wait_once();
    context_.poll();
    EXPECT_FALSE(context_.stopped());
    place_.wake();
    context_.run();
    EXPECT_EQ(changes_, 1);
}

TEST_F(poller, frees_a_waiter_that_is_never_resumed) {
    auto waits = std::make_shared<int>(0);
    std::weak_ptr<int> alive = waits;
    {
        asio::io_context context(1);
        loadgen::poller events(context);
        pollable place(events);
        asio::co_spawn(
            context,
            [](pollable& at, std::shared_ptr<int> held) -> asio::awaitable<void, executor> {
                co_await at.changed();
                ++*held;
            }(place, std::move(waits)),
            asio::detached);
        context.poll();
    }
    EXPECT_TRUE(alive.expired());
}

}  // namespace
}  // namespace loadgen
