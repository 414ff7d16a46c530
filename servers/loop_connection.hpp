// An accepted connection that belongs to one event loop, which also looks after its limits of time, so that a
// request costs no timer. It has all that takes no waiting; how one waits for the rest is what
// async_connection and fiber_connection add.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "servers/coarse_clock.hpp"

namespace servers {

// Everything names the event loop's own executor: Asio's default, any_io_executor, costs a virtual call at
// each step.
using loop_executor = boost::asio::io_context::executor_type;
using loop_socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, loop_executor>;

// To be called before a coroutine waits that has nothing yet in the cache that Asio's operations take their
// memory from, as one that accepts for another loop. Where Asio finds none to begin a wait, it posts what is
// left of the coroutine, in a destructor: where it finds none for that either, the process ends. Throws
// std::bad_alloc.
void have_memory_to_wait();

// A member of its loop's list, which it leaves when it ends.
class loop_connection
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    using clock = coarse_clock;

    // `reads`: how many its loop has begun, for all its connections to count.
    loop_connection(loop_socket socket, std::uint64_t& reads)
        : socket_(std::move(socket)), reads_(reads), reads_before_(reads) {}

    // All that follows, until the next call, has to be done by then.
    void expect_within(std::chrono::milliseconds limit);
    // Whether the time was over before what was asked for last had been done.
    [[nodiscard]] bool late() const { return late_; }

    // Reads or writes what can be without waiting, and returns how much it was. Writes nothing while the rest
    // of something else is owed, for want of memory to wait with.
    std::size_t read_at_once(std::span<char> room);
    std::size_t write_at_once(std::string_view bytes);
    // Whether something has come that was not read.
    [[nodiscard]] bool has_more();
    // Sends the end of the stream; reading goes on.
    void finish_writing();

    // For the loop to call now and then: ends what is not done in time.
    void tick(clock::time_point now);
    // For the loop to call when it drains: ends a wait for what may never come.
    void drain();

protected:
    // For who has written the rest, or has not.
    bool is_whole(bool all) {
        owes_rest_ = !all;
        return all;
    }

    // Begins to read what there is; `handler(error, bytes)` is called once there is any. Asio looks at once,
    // and a client has seldom asked again when its reply has just gone: a call for nothing. So those of the
    // others that are ready have their turn before; where there are none, that would be a call for nothing.
    template <class Handler>
    void begin_read(std::span<char> room, Handler handler) {
        auto begin = [this, room, handler = std::move(handler)]() mutable {
            if (is_drained_ && may_never_come_)
                return std::move(handler)(boost::asio::error::operation_aborted, 0);
            socket_.async_read_some(boost::asio::buffer(room.data(), room.size()), std::move(handler));
        };
        const bool alone = reads_ == reads_before_;
        reads_before_ = ++reads_;
        if (alone)
            begin();
        else
            boost::asio::post(socket_.get_executor(), std::move(begin));
    }

    // Whoever waits says whether what is waited for may never come; what became of it is in error_.
    loop_socket socket_;
    boost::system::error_code error_;
    bool may_never_come_ = false;

private:
    void cancel();

    std::uint64_t& reads_;
    std::uint64_t reads_before_;  // of the loop, once this one's last had begun
    bool is_drained_ = false;
    clock::time_point deadline_{};
    bool late_ = false;
    bool owes_rest_ = false;
};

using loop_connections = boost::intrusive::list<loop_connection, boost::intrusive::constant_time_size<false>>;

}  // namespace servers
