// An accepted connection whose reads and writes suspend the coroutine that asks for them: no thread waits. It
// belongs to one event loop, which also looks after its limits of time, so that a request costs no timer.
// Twin of blocking_connection.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "servers/coarse_clock.hpp"

namespace servers {

// Everything names the event loop's own executor: Asio's default, any_io_executor, costs a virtual call at
// each step.
using loop_executor = boost::asio::io_context::executor_type;
using loop_socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, loop_executor>;
template <class Result>
using awaitable = boost::asio::awaitable<Result, loop_executor>;
inline constexpr boost::asio::use_awaitable_t<loop_executor> use_loop{};

// A member of its loop's list, which it leaves when it ends.
class async_connection
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    using clock = coarse_clock;

    explicit async_connection(loop_socket socket) : socket_(std::move(socket)) {}

    // All that follows, until the next call, has to be done by then.
    void expect_within(std::chrono::milliseconds limit);
    // Whether the time was over before what was asked for last had been done.
    [[nodiscard]] bool late() const { return late_; }

    // Reads what there is, at least a byte; 0 when there will be none: the peer has closed or is gone, or
    // late() is true. What `may_never_come` is not waited for once the server drains.
    awaitable<std::size_t> read(std::span<char> room, bool may_never_come);
    // Writes all of it, with one call unless the kernel has no room; returns less than its size when it
    // cannot.
    awaitable<std::size_t> write(std::string_view bytes);
    // The same without waiting: for when there is no time to, or no memory.
    std::size_t read_at_once(std::span<char> room);
    bool write_at_once(std::string_view bytes);
    // Whether something has come that was not read.
    [[nodiscard]] bool has_more();
    // Sends the end of the stream; reading goes on.
    void finish_writing();

    // For the loop to call now and then: ends what is not done in time.
    void tick(clock::time_point now);
    // For the loop to call when it drains: ends a wait for what may never come.
    void drain();

private:
    void cancel();

    loop_socket socket_;
    boost::system::error_code error_;
    clock::time_point deadline_{};
    bool late_ = false;
    bool may_never_come_ = false;
};

using async_connections =
    boost::intrusive::list<async_connection, boost::intrusive::constant_time_size<false>>;

}  // namespace servers
