#include "loadgen/wire_clock.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include <gtest/gtest.h>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// Two ends of a connection over the loopback; the second is read by the clock under test.
struct ends {
    int ours = -1, theirs = -1;

    explicit ends(const wire_clock& times) {
        const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof place;
        auto* const address = reinterpret_cast<sockaddr*>(&place);
        EXPECT_EQ(0, ::bind(listener, address, size));
        EXPECT_EQ(0, ::listen(listener, 1));
        EXPECT_EQ(0, ::getsockname(listener, address, &size));
        ours = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        times.stamp(ours);
        EXPECT_EQ(0, ::connect(ours, address, size));
        theirs = ::accept(listener, nullptr, nullptr);
        ::close(listener);
    }
    ~ends() {
        ::close(ours);
        ::close(theirs);
    }
};

void wait_until(clock::time_point then) {
    while (clock::now() < then) {
    }
}

// The kernel begins to stamp some time after it was asked to: the first arrival that it stamped.
struct stamped {
    clock::time_point sent{}, left_until{};
    arrival got{};
};

stamped first_stamped(const wire_clock& times, nanoseconds left_for) {
    const auto kept_on = ask_for_stamps();
    const ends connection(times);
    stamped result;
    for (int attempt = 0; attempt < 1000 && !result.got.by_kernel; ++attempt) {
        std::array<char, 16> bytes{};
        result.sent = clock::now();
        EXPECT_EQ(1, ::send(connection.theirs, "x", 1, 0));
        result.left_until = clock::now() + left_for;
        wait_until(result.left_until);
        result.got = times.receive(connection.ours, bytes, result.sent);
        EXPECT_EQ(1, result.got.bytes);
    }
    return result;
}

TEST(wire_clock, bytes_arrived_when_the_kernel_had_them_and_not_when_they_were_read) {
    const wire_clock times(true);
    const auto [sent, left_until, got] = first_stamped(times, 2ms);
    ASSERT_TRUE(got.by_kernel);
    EXPECT_GE(got.at, sent);
    EXPECT_LT(got.at, left_until - 1ms);
    EXPECT_GE(got.read, left_until);
}

TEST(wire_clock, a_stamp_from_before_anything_was_sent_is_not_believed) {
    const wire_clock times(true);
    const auto kept_on = ask_for_stamps();
    const ends connection(times);
    EXPECT_EQ(1, ::send(connection.theirs, "x", 1, 0));
    std::array<char, 16> bytes{};
    const auto got = times.receive(connection.ours, bytes, clock::now() + 1ms);
    EXPECT_EQ(1, got.bytes);
    EXPECT_FALSE(got.by_kernel);
    EXPECT_EQ(got.at, got.read);
}

TEST(wire_clock, a_request_was_on_the_wire_in_the_middle_of_the_call_that_sent_it) {
    wire_clock times(true);
    const clock::time_point before{1s}, done = before + 1ms;
    EXPECT_EQ(before + 5us, times.sent(before, before + 10us, done));
    EXPECT_EQ(before + 15us, times.sent(before, before + 30us, done));
}

TEST(wire_clock, of_a_call_that_was_interrupted_no_more_is_counted_than_calls_take) {
    wire_clock times(true);
    const clock::time_point before{1s}, done = before + 50ms;
    EXPECT_EQ(before + 5us, times.sent(before, before + 10us, done));
    EXPECT_EQ(before + 20us, times.sent(before, before + 4ms, done));
}

TEST(wire_clock, a_call_within_which_the_reply_came_sent_the_request_soon_after_its_beginning) {
    wire_clock times(true);
    const clock::time_point before{1s};
    EXPECT_EQ(before + 5us, times.sent(before, before + 10us, before + 50us));
    EXPECT_EQ(before + 5us, times.sent(before, before + 60us, before + 55us));
    EXPECT_EQ(before + 2us, times.sent(before, before + 60us, before + 2us));
}

TEST(wire_clock, without_the_kernels_stamps_bytes_arrive_when_they_are_read) {
    const wire_clock times(false);
    const ends connection(times);
    EXPECT_EQ(1, ::send(connection.theirs, "x", 1, 0));
    std::array<char, 16> bytes{};
    const auto before = clock::now();
    const auto got = times.receive(connection.ours, bytes, before);
    EXPECT_FALSE(got.by_kernel);
    EXPECT_GE(got.at, before);
    EXPECT_EQ(got.at, got.read);
}

TEST(wire_clock, a_unix_socket_has_no_stamps) {
    const wire_clock times(true);
    const auto kept_on = ask_for_stamps();
    std::array<int, 2> pair{};
    ASSERT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()));
    const open_socket ours(pair[0]), theirs(pair[1]);
    times.stamp(pair[0]);
    EXPECT_EQ(1, ::send(pair[1], "x", 1, 0));
    std::array<char, 16> bytes{};
    const auto got = times.receive(pair[0], bytes, clock::time_point{});
    EXPECT_EQ(1, got.bytes);
    EXPECT_FALSE(got.by_kernel);
    EXPECT_EQ(got.at, got.read);
}

TEST(wire_clock, the_end_and_a_failure_are_told_as_recv_tells_them) {
    const wire_clock times(true);
    const ends connection(times);
    std::array<char, 16> bytes{};
    ::shutdown(connection.theirs, SHUT_WR);
    EXPECT_EQ(0, times.receive(connection.ours, bytes, clock::now()).bytes);
    EXPECT_EQ(-1, times.receive(-1, bytes, clock::now()).bytes);
    EXPECT_EQ(EBADF, errno);
}

}  // namespace
}  // namespace loadgen
