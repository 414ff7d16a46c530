// An accepted connection whose reads and writes suspend the coroutine that asks for them: no thread waits.
// Twin of blocking_connection.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "servers/client_watch.hpp"
#include "servers/loop_connection.hpp"

namespace servers {

template <class Result>
using awaitable = boost::asio::awaitable<Result, loop_executor>;
inline constexpr boost::asio::use_awaitable_t<loop_executor> use_loop{};

class async_connection : public loop_connection {
public:
    using loop_connection::loop_connection;

    // Reads what there is, at least a byte; 0 when there will be none: the peer has closed or is gone, or
    // late() is true. What `may_never_come` is not waited for once the server drains.
    // An operation that begins once it is awaited, and no coroutine: those cost a frame each.
    auto read(std::span<char> room, bool may_never_come) {
        may_never_come_ = may_never_come;
        return boost::asio::async_initiate<const boost::asio::deferred_t, void(std::size_t)>(
            [this, room](auto resume) {
                begin_read(room,
                           [resume = std::move(resume)](const boost::system::error_code&,
                                                        std::size_t got) mutable { std::move(resume)(got); });
            },
            boost::asio::deferred);
    }
    // Writes what the kernel has room for, which as a rule is all of it. As an operation of Asio's, even what
    // is done at once comes back through the loop's queue, after another look at all sockets.
    std::size_t write_at_once(std::string_view bytes) {
        if (watch_) watch_->stop();
        return loop_connection::write_at_once(bytes);
    }
    // The others of the bytes, of which some were written at once; false when it cannot.
    awaitable<bool> write_rest(std::string bytes, std::size_t written);

    // Has the conversation on this connection, and ends it within a wait if the client goes meanwhile: then
    // false. Of Asio's coroutines one that is cancelled leaves what it awaits with an error, and throws at
    // whatever it would await next.
    awaitable<bool> while_there(awaitable<void> conversation);
    // What is awaited from now on, until something is written, is not the connection's own; nobody watches
    // except in while_there().
    void begin_wait() {
        if (!watch_) return;
        watch_->start();
        have_memory_to_wait();
    }

private:
    std::shared_ptr<client_watch> watch_;
};

}  // namespace servers
