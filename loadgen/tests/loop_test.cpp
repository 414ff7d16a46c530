#include "loadgen/loop.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// A loop, and two connected sockets of which `near` is in it.
class loop_of_test : public testing::Test {
protected:
    loop_of_test() {
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair_.data()), 0);
        EXPECT_EQ(loop_.add(near(), place_, false), 0);
    }
    ~loop_of_test() override {
        ::close(near());
        close_far();
    }

public:
    frame_pool& frames() { return loop_.frames(); }

protected:
    int near() const { return pair_[0]; }
    void say() { EXPECT_EQ(::send(pair_[1], "x", 1, MSG_NOSIGNAL), 1); }
    void close_far() {
        if (pair_[1] >= 0) ::close(pair_[1]);
        pair_[1] = -1;
    }
    void spawn(task<> work) {
        loop_.spawn(std::move(work), [this](std::exception_ptr fault) { fault_ = fault; });
    }
    task<> wait_at(pollable& place) {
        co_await place.changed();
        log_ += 'c';
    }
    task<> sleep(timer& alarm, clock::time_point then) {
        const bool is_time = co_await alarm.until(then);
        log_ += is_time ? 't' : 'x';
    }
    task<> wait_for_the_past(timer& alarm) {
        const auto past = clock::now();
        while (log_.empty()) co_await alarm.until(past);
    }
    task<> speak(char letter) {
        log_ += letter;
        co_await loop_.turn();
        log_ += letter;
    }
    task<int> seven(bool turns) {
        if (turns) co_await loop_.turn();
        co_return 7;
    }
    task<> add(bool turns) {
        const int first = co_await seven(turns);
        const int second = co_await seven(turns);
        log_ += std::to_string(first + second);
    }
    task<> fail(bool turns) {
        if (turns) co_await loop_.turn();
        throw std::runtime_error("it failed");
    }
    task<> fail_within(bool turns) { co_await fail(turns); }
    task<> say_when_turned() {
        co_await loop_.turn();
        say();
    }
    task<> cancel_soon(timer& alarm) {
        co_await loop_.turn();
        alarm.cancel();
        log_ += 'a';
    }
    task<> wake_soon() {
        co_await loop_.turn();
        place_.wake();
        log_ += 'w';
    }
    // One looks now and is done within the look.
    void look_once() { loop_.run_until(clock::now() + 20ms); }

    loop loop_;
    pollable place_{loop_};
    std::array<int, 2> pair_{};
    std::exception_ptr fault_;
    std::string log_;
};

TEST_F(loop_of_test, resumes_the_one_who_waits_when_something_comes) {
    spawn(wait_at(place_));
    look_once();
    EXPECT_EQ(log_, "");
    say();
    loop_.run();
    EXPECT_EQ(log_, "c");
    EXPECT_FALSE(place_.is_ended());
}

TEST_F(loop_of_test, forgets_no_event_that_came_while_nobody_waited) {
    timer alarm(loop_);
    say();
    spawn(sleep(alarm, clock::now() + 1ms));  // its event is fetched meanwhile
    loop_.run();
    spawn(wait_at(place_));
    loop_.run();
    EXPECT_EQ(log_, "tc");
}

TEST_F(loop_of_test, knows_that_the_peer_has_closed) {
    spawn(wait_at(place_));
    close_far();
    loop_.run();
    EXPECT_TRUE(place_.is_ended());
    place_.reset();
    EXPECT_FALSE(place_.is_ended());
}

TEST_F(loop_of_test, wakes_without_an_event_and_not_from_within_the_caller) {
    spawn(wait_at(place_));
    spawn(wake_soon());
    loop_.run();
    EXPECT_EQ(log_, "wc");
}

TEST_F(loop_of_test, timers_end_in_the_order_of_their_instants_and_not_before) {
    timer first(loop_), second(loop_);
    const auto now = clock::now();
    spawn(sleep(second, now + 4ms));
    spawn(sleep(first, now + 2ms));
    loop_.run();
    EXPECT_EQ(log_, "tt");
    EXPECT_GE(clock::now(), now + 4ms);
}

TEST_F(loop_of_test, a_timer_that_is_cancelled_ends_at_once_and_its_alarm_wakes_nobody_later) {
    timer alarm(loop_), other(loop_);
    const auto now = clock::now();
    spawn(sleep(alarm, now + 5ms));
    spawn(cancel_soon(alarm));
    loop_.run();
    EXPECT_EQ(log_, "ax");
    spawn(sleep(alarm, now + 10ms));  // the alarm of before falls into this wait
    loop_.run();
    EXPECT_EQ(log_, "axt");
    EXPECT_GE(clock::now(), now + 10ms);
}

TEST_F(loop_of_test, who_takes_a_turn_lets_the_others_have_theirs) {
    spawn(speak('1'));
    spawn(speak('2'));
    loop_.run();
    EXPECT_EQ(log_, "1212");
}

TEST_F(loop_of_test, who_waits_for_what_has_passed_lets_the_others_have_their_turn) {
    timer alarm(loop_);
    spawn(wait_for_the_past(alarm));
    spawn(say_when_turned());
    spawn(wait_at(place_));
    loop_.run();
    EXPECT_EQ(log_, "c");
}

TEST_F(loop_of_test, a_task_gives_its_result_whether_it_waited_or_not) {
    spawn(add(false));
    loop_.run();
    spawn(add(true));
    loop_.run();
    EXPECT_EQ(log_, "1414");
}

TEST_F(loop_of_test, what_a_task_throws_is_thrown_where_it_is_awaited_and_heard_at_its_end) {
    for (const bool turns : {false, true}) {
        fault_ = nullptr;
        spawn(fail_within(turns));
        loop_.run();
        ASSERT_TRUE(fault_);
        EXPECT_THROW(std::rethrow_exception(fault_), std::runtime_error);
    }
}

TEST_F(loop_of_test, another_thread_can_have_itself_heard) {
    loop_.on_interrupt([this] {
        log_ += 'i';
        place_.wake();
    });
    spawn(wait_at(place_));
    std::jthread other([this] { loop_.interrupt(); });
    loop_.run();
    EXPECT_EQ(log_, "ic");
}

TEST_F(loop_of_test, one_that_never_sleeps_tells_how_long_it_found_nothing) {
    timer alarm(loop_);
    nanoseconds idle{0};
    spawn(sleep(alarm, clock::now() + 5ms));
    loop_.run([&](nanoseconds took) { idle += took; });
    EXPECT_EQ(log_, "t");
    EXPECT_GT(idle, 1ms);
}

TEST_F(loop_of_test, a_run_until_an_instant_leaves_what_waits_where_it_is) {
    spawn(wait_at(place_));
    loop_.run_until(clock::now() + 1ms);
    EXPECT_EQ(log_, "");
    spawn(say_when_turned());
    loop_.run();
    EXPECT_EQ(log_, "c");
}

struct holder {
    loop& in;
    frame_pool& frames() { return in.frames(); }
    task<> hold(pollable& place, std::shared_ptr<int> held) {
        co_await place.changed();
        ++*held;
    }
};

TEST(loop, frees_those_that_are_never_resumed) {
    auto held = std::make_shared<int>(0);
    const std::weak_ptr<int> alive = held;
    {
        loop in;
        pollable place(in);
        holder owner{in};
        in.spawn(owner.hold(place, std::move(held)), [](auto) {});
        in.run_until(clock::now() + 1ms);
    }
    EXPECT_TRUE(alive.expired());
}

TEST(frame_pool, gives_again_what_was_given_back) {
    frame_pool pool;
    auto* const first = pool.take(200);
    frame_pool::give_back(first, 200);
    EXPECT_EQ(pool.take(250), first) << "of the same size, rounded up";
    auto* const large = pool.take(100'000);
    frame_pool::give_back(large, 100'000);
    frame_pool::give_back(first, 250);
}

}  // namespace
}  // namespace loadgen
