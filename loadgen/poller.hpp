// Waits for the sockets of one worker. Asio's reactor would try every read before it waits for it, and a
// reply is never there that early: one call to the kernel in three for nothing. Here a socket is registered
// once, edge-triggered, in an epoll set of the worker's own; Asio waits for the set as a whole, and one call
// then fetches every socket that has something.
#pragma once

#include <cstddef>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "loadgen/parking.hpp"

namespace loadgen {

class poller;

// One socket's place in a poller, and the coroutine that waits there. Outlives its socket; `reset` before the
// next one.
class pollable {
public:
    explicit pollable(poller& owner) : owner_(owner) {}

    // To be awaited, by one coroutine at a time: ends with the next event, at once if one has come since the
    // last.
    auto changed() {
        return boost::asio::async_initiate<const boost::asio::deferred_t, void()>(
            [this](auto handler) {
                parking_.park(std::move(handler));
                parked();
            },
            boost::asio::deferred);
    }
    void wake();                              // ends `changed` without an event
    bool is_ended() const { return ended_; }  // the peer closed its side or broke the connection
    void reset() { ready_ = ended_ = false; }

private:
    friend class poller;

    void parked();
    void notify(bool ended);
    void resume_soon();

    poller& owner_;
    parking parking_;
    bool ready_ = false;
    bool ended_ = false;
};

class poller {
public:
    static constexpr std::size_t most_events =
        128;  // fetched by one call; those beyond it come with the next

    explicit poller(boost::asio::io_context& context);  // throws std::system_error
    poller(const poller&) = delete;
    poller& operator=(const poller&) = delete;

    // Once per socket, which leaves by being closed or removed. Returns an errno, 0 if all is well.
    int add(int socket, pollable& place, bool and_writable);
    int add_writable(int socket, pollable& place);
    void remove(int socket);  // of one that is not closed, and nobody waits for

private:
    friend class pollable;

    void someone_waits();
    void nobody_waits();
    void wait();
    void dispatch();

    boost::asio::io_context& context_;
    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> set_;
    std::size_t waiting_ = 0;  // the event loop is kept running by those alone
    bool is_armed_ = false;
    bool is_dispatching_ = false;
};

}  // namespace loadgen
