// Waits for the sockets of one worker. Asio's reactor would try every read before it waits for it, and a
// reply is never there that early: one call to the kernel in three for nothing. Here a socket is registered
// once, edge-triggered, in an epoll set of the worker's own; Asio waits for the set as a whole, and one call
// then fetches every socket that has something.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace loadgen {

class poller;

// One socket's place in a poller, and the coroutine that waits there. Outlives its socket; `reset` before the
// next one.
class pollable {
public:
    explicit pollable(poller& owner) : owner_(owner) {}
    pollable(const pollable&) = delete;
    pollable& operator=(const pollable&) = delete;
    ~pollable();

    // To be awaited, by one coroutine at a time: ends with the next event, at once if one has come since the
    // last.
    auto changed() {
        return boost::asio::async_initiate<const boost::asio::deferred_t, void()>(
            [this](auto handler) { park(std::move(handler)); }, boost::asio::deferred);
    }
    void wake();                              // ends `changed` without an event
    bool is_ended() const { return ended_; }  // the peer closed its side or broke the connection
    void reset() { ready_ = ended_ = false; }

private:
    friend class poller;

    template <class Handler>
    void park(Handler handler);
    void notify(bool ended);
    void resume_soon();

    poller& owner_;
    void (*resume_)(void* parked) = nullptr;  // null: nobody waits
    void (*drop_)(void* parked) = nullptr;
    alignas(std::max_align_t) std::byte parked_[64];  // the waiting handler: no allocation for it
    bool ready_ = false;
    bool ended_ = false;
};

class poller {
public:
    explicit poller(boost::asio::io_context& context);  // throws std::system_error
    poller(const poller&) = delete;
    poller& operator=(const poller&) = delete;

    // Once per socket, which leaves by being closed. Returns an errno, 0 if all is well.
    int add(int socket, pollable& place, bool and_writable);
    int add_writable(int socket, pollable& place);

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

template <class Handler>
void pollable::park(Handler handler) {
    static_assert(sizeof(Handler) <= sizeof(parked_) && alignof(Handler) <= alignof(std::max_align_t));
    ::new (static_cast<void*>(parked_)) Handler(std::move(handler));
    resume_ = [](void* parked) {
        auto* const there = std::launder(static_cast<Handler*>(parked));
        Handler resumed(std::move(*there));
        there->~Handler();
        std::move(resumed)();
    };
    drop_ = [](void* parked) { std::launder(static_cast<Handler*>(parked))->~Handler(); };
    owner_.someone_waits();
    if (ready_) resume_soon();
}

}  // namespace loadgen
