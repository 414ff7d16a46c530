// The waiting room alone, with connections that are ends of a socket pair: whom it calls, and whom it parts
// with.
#include "servers/waiting_room.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "servers/listener.hpp"

namespace servers {
namespace {

using namespace std::chrono_literals;

class waiting : public testing::Test {
protected:
    waiting() : listener_(listen_on(limits_)) {}

    // Holds connections on a thread of its own, until the end of the test.
    void hold(options limits = {.port = 0}) {
        open(std::move(limits));
        begin();
    }
    void open(options limits = {.port = 0}) {
        limits_ = std::move(limits);
        room_.emplace(limits_, listener_,
                      [this](waiting_room::owned, waiting_room::parting why) { parted_.push_back(why); });
    }
    void begin() {
        held_ = std::async(std::launch::async, [this] {
            room_->hold(draining_, [] { return true; });
            room_->part_with_all();
        });
    }
    void drain() {
        draining_ = true;
        room_->wake();
    }
    // Ours of the two ends.
    descriptor enter() {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return {};
        auto peer = std::make_unique<kept_connection>(descriptor(ends[0]), 1s, draining_);
        peer->expect_within(limits_.read_timeout);
        EXPECT_TRUE(room_->enter(peer));
        return descriptor(ends[1]);
    }
    // All of them, once those that were next() have left.
    std::vector<waiting_room::parting> parted() {
        drain();
        held_.get();
        EXPECT_EQ(room_->next(), nullptr);
        return parted_;
    }
    static std::string read_from(kept_connection& peer) {
        std::array<char, 10> room{};
        return {room.data(), peer.read(room, true)};
    }

    options limits_{.port = 0};
    descriptor listener_;
    std::atomic<bool> draining_{false};
    std::vector<waiting_room::parting> parted_;
    std::optional<waiting_room> room_;
    std::future<void> held_;
};

TEST_F(waiting, calls_who_has_something_to_read_and_nobody_else) {
    hold();
    const descriptor silent = enter();
    const descriptor asks = enter();
    ASSERT_EQ(::write(asks.get(), "ab", 2), 2);
    waiting_room::owned called = room_->next();
    EXPECT_EQ(read_from(*called), "ab");
    EXPECT_FALSE(called->awaits_request());
    EXPECT_EQ(read_from(*called), "");
    EXPECT_TRUE(called->awaits_request());
    ASSERT_TRUE(room_->park(called));
    ASSERT_EQ(::write(asks.get(), "c", 1), 1);
    called = room_->next();
    EXPECT_EQ(read_from(*called), "c");
    called.reset();
    room_->left();
    drain();
    char byte = 0;
    EXPECT_EQ(::read(silent.get(), &byte, 1), 0);
    ::shutdown(silent.get(), SHUT_WR);
    EXPECT_EQ(parted(), std::vector{waiting_room::parting::ended});
}

TEST_F(waiting, the_other_half_of_a_line_end_that_it_cut_in_two_says_nothing) {
    hold();
    const descriptor asks = enter();
    for (const std::string_view rest : {"\n", "\nab"}) {
        ASSERT_EQ(::write(asks.get(), "\r", 1), 1);
        waiting_room::owned called = room_->next();
        EXPECT_EQ(read_from(*called), "\r");
        EXPECT_EQ(read_from(*called), "");
        ASSERT_TRUE(room_->park(called));
        ASSERT_EQ(::write(asks.get(), rest.data(), rest.size()), static_cast<ssize_t>(rest.size()));
        called = room_->next();
        EXPECT_EQ(read_from(*called), rest.substr(1));
        EXPECT_EQ(called->awaits_request(), rest.size() == 1);
        ASSERT_TRUE(room_->park(called));
    }
    ::shutdown(asks.get(), SHUT_WR);
    waiting_room::owned called = room_->next();
    called.reset();
    room_->left();
    EXPECT_TRUE(parted().empty());
}

TEST_F(waiting, calls_who_has_closed) {
    hold();
    { const descriptor closes = enter(); }
    waiting_room::owned called = room_->next();
    EXPECT_EQ(read_from(*called), "");
    EXPECT_FALSE(called->awaits_request());
    called.reset();
    room_->left();
    EXPECT_TRUE(parted().empty());
}

TEST_F(waiting, parts_with_who_asks_for_nothing_in_time) {
    hold({.port = 0, .read_timeout = 20ms});
    const descriptor silent = enter();
    char byte = 0;
    EXPECT_EQ(::read(silent.get(), &byte, 1), 0);
    EXPECT_EQ(parted(), std::vector{waiting_room::parting::overdue});
}

TEST_F(waiting, a_drain_calls_who_has_asked_and_tells_the_others_the_end) {
    hold({.port = 0, .linger_timeout = 10s});
    const descriptor silent = enter();
    const descriptor late = enter();
    drain();
    char byte = 0;
    EXPECT_EQ(::read(silent.get(), &byte, 1), 0);
    EXPECT_EQ(::read(late.get(), &byte, 1), 0);
    ASSERT_EQ(::write(late.get(), "x", 1), 1);
    ::shutdown(late.get(), SHUT_WR);
    ::shutdown(silent.get(), SHUT_WR);
    std::vector<waiting_room::parting> told = parted();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(std::count(told.begin(), told.end(), waiting_room::parting::ended_too_late), 1);
    EXPECT_EQ(std::count(told.begin(), told.end(), waiting_room::parting::ended), 1);
}

// Many, so that some are being served before the room looks at what has come.
TEST_F(waiting, who_has_asked_when_the_drain_begins_is_called_once) {
    open();
    std::vector<descriptor> asking(200);
    for (descriptor& asks : asking) {
        asks = enter();
        ASSERT_EQ(::write(asks.get(), "a", 1), 1);
    }
    drain();
    begin();
    std::vector<waiting_room::owned> called(asking.size());
    for (waiting_room::owned& peer : called) {
        peer = room_->next();
        EXPECT_EQ(read_from(*peer), "a");
    }
    for (waiting_room::owned& peer : called) {
        peer.reset();
        room_->left();
    }
    EXPECT_TRUE(parted().empty());
}

TEST_F(waiting, who_comes_back_while_it_drains_and_has_asked_is_called_again) {
    hold();
    const descriptor asks = enter();
    ASSERT_EQ(::write(asks.get(), "a", 1), 1);
    waiting_room::owned called = room_->next();
    drain();
    EXPECT_EQ(read_from(*called), "a");
    ASSERT_EQ(::write(asks.get(), "b", 1), 1);
    ASSERT_TRUE(room_->park(called));
    called = room_->next();
    EXPECT_EQ(read_from(*called), "b");
    called.reset();
    room_->left();
    EXPECT_TRUE(parted().empty());
}

}  // namespace
}  // namespace servers
