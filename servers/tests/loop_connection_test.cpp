// When a connection's read begins: at once where its loop serves no other, after the others' turn where it
// does.
#include "servers/loop_connection.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <optional>

namespace servers {
namespace {

struct tried_connection : loop_connection {
    using loop_connection::begin_read;
    using loop_connection::loop_connection;
    using loop_connection::may_never_come_;
};

class loop_connection_reads : public testing::Test {
protected:
    // One end of a pair, from which there are four bytes to be read, one at a time.
    tried_connection connection() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
        EXPECT_EQ(::write(ends[1], "four", 4), 4);
        ::close(ends[1]);
        loop_socket socket(loop_);
        socket.assign(boost::asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
        return tried_connection(std::move(socket), reads_);
    }
    void begin(tried_connection& peer, std::optional<std::size_t>& got) {
        peer.begin_read(room_, [&](boost::system::error_code, std::size_t bytes) { got = bytes; });
    }
    // Whether it was read before what the loop is handed after it has its turn.
    bool is_read_first(tried_connection& peer) {
        std::optional<std::size_t> got;
        bool is_first = false;
        begin(peer, got);
        boost::asio::post(loop_, [&] { is_first = got.has_value(); });
        loop_.restart();
        loop_.poll();
        EXPECT_TRUE(got);
        return is_first;
    }

    boost::asio::io_context loop_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    std::uint64_t reads_ = 0;
    std::array<char, 1> room_{};
};

TEST_F(loop_connection_reads, begin_at_once_where_no_other_was_read_from_meanwhile) {
    auto only = connection();
    EXPECT_TRUE(is_read_first(only));
    EXPECT_TRUE(is_read_first(only));
}

TEST_F(loop_connection_reads, begin_after_a_turn_of_the_loop_where_another_was) {
    auto first = connection();
    auto second = connection();
    EXPECT_TRUE(is_read_first(first));
    EXPECT_FALSE(is_read_first(second));
    EXPECT_FALSE(is_read_first(first));
    EXPECT_TRUE(is_read_first(first));
}

TEST_F(loop_connection_reads, that_have_not_begun_when_the_loop_drains_end_if_nothing_may_come) {
    for (const bool may_never_come : {true, false}) {
        auto first = connection();
        auto second = connection();
        second.may_never_come_ = may_never_come;
        std::optional<std::size_t> got_first, got_second;
        begin(first, got_first);
        begin(second, got_second);
        second.drain();
        loop_.restart();
        loop_.poll();
        EXPECT_EQ(got_second, may_never_come ? 0U : 1U);
    }
}

}  // namespace
}  // namespace servers
