// What a thread of a loop_crew has and shares with no other, and what its coroutines hold so that their end
// is heard, whatever it is. An exception is not all that ends one: when Asio has no memory to begin a wait,
// it destroys the coroutine that asked for it, and calls nobody.
#pragma once

#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "servers/async_connection.hpp"
#include "servers/async_database.hpp"
#include "servers/counters.hpp"

namespace servers {

using loop_timer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>, loop_executor>;

class presence;

// A coroutine that a loop cannot do without until it is done. Whatever ends it before, it is begun again by
// whoever runs the loop.
struct vital {
    bool runs = false;
    bool done = false;
};

// Others post to it, and read its counters.
struct event_loop {
    servers::counters counters;
    std::uint64_t reads = 0;       // begun, of all connections
    loop_connections connections;  // outlives the context, which destroys what they live in
    vital ticking;
    std::atomic<bool> draining{false};   // of this thread alone; atomic as the twin's, for twin sessions
    std::atomic<bool> abandoned{false};  // by the destructor, with coroutines that will never go on
    boost::asio::io_context context;
    boost::asio::executor_work_guard<loop_executor> open_for_work{context.get_executor()};
    loop_timer ticker{context};
    std::string wire;                        // of the reply that is being put together
    std::optional<async_database> database;  // its share of the connections

    // Alone, nobody else opens its sockets: they then need no locks. Others may post to it all the same.
    explicit event_loop(bool alone) : context(alone ? BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO : 1) {}

    awaitable<void> keep_ticking(presence here, std::chrono::milliseconds tick);
    void drain();
    [[nodiscard]] bool drained() const { return draining && counters.open.value() == 0; }
    void end_if_drained();
    // For a coroutine's end: most likely there was no memory.
    [[nodiscard]] auto count_failure() {
        return [this](const std::exception_ptr& failure) {
            if (failure) ++counters.failures;
        };
    }
};

// Held by a vital coroutine: when that ends before it is done, run() returns.
class presence {
public:
    presence(event_loop& loop, vital& what) : loop_(&loop), what_(&what) { what.runs = true; }
    presence(presence&& other) noexcept : loop_(other.loop_), what_(std::exchange(other.what_, nullptr)) {}
    presence& operator=(presence&&) = delete;
    ~presence() {
        if (what_ == nullptr || loop_->abandoned) return;
        what_->runs = false;
        if (!what_->done) loop_->context.stop();
    }

private:
    event_loop* loop_;
    vital* what_;
};

// Held by the coroutine of a connection, which is welcome if it is within the limit: when that ends, the
// connection is counted as closed.
class place {
public:
    place(event_loop& loop, bool welcome) : loop_(&loop), welcome_(welcome) { loop.counters.let_in(welcome); }
    place(place&& other) noexcept : loop_(std::exchange(other.loop_, nullptr)), welcome_(other.welcome_) {}
    place& operator=(place&&) = delete;
    ~place() {
        if (loop_ == nullptr || loop_->abandoned) return;
        loop_->counters.let_out(welcome_);
        loop_->end_if_drained();
    }
    [[nodiscard]] event_loop& loop() const { return *loop_; }
    [[nodiscard]] bool welcome() const { return welcome_; }

private:
    event_loop* loop_;
    bool welcome_;
};

}  // namespace servers
