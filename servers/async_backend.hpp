// What a request may ask for behind a server whose coroutines wait: each call suspends the coroutine that
// asks, until its event loop goes on with it. One for each connection. Twin of blocking_backend.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "servers/async_connection.hpp"
#include "servers/database.hpp"
#include "servers/event_loop.hpp"

namespace servers {

class async_backend {
public:
    // Without a pool, what cannot be awaited is done in the loop.
    async_backend(event_loop& loop, boost::asio::thread_pool* pool, async_connection& peer)
        : loop_(loop), pool_(pool), peer_(peer) {}

    // Another service's answer. As async_connection's read, no coroutine of its own.
    auto sleep(std::chrono::milliseconds duration) {
        if (!timer_) timer_.emplace(loop_.context);
        timer_->expires_after(duration);
        peer_.begin_wait();
        return timer_->async_wait(boost::asio::deferred);
    }
    awaitable<database_answer> query(std::chrono::milliseconds duration) {
        if (!loop_.database) return no_database();
        peer_.begin_wait();
        return loop_.database->sleep(duration);
    }
    // Work that cannot be awaited.
    template <class Work>
    awaitable<void> offload(Work work) {
        if (pool_ == nullptr) return do_here(work);
        return boost::asio::async_initiate<const boost::asio::use_awaitable_t<loop_executor>, void()>(
            [pool = pool_, work](auto resume) {
                boost::asio::post(*pool, [work, resume = std::move(resume)]() mutable {
                    work();
                    boost::asio::post(std::move(resume));  // back to the loop, which its executor is
                });
            },
            use_loop);
    }

private:
    static awaitable<database_answer> no_database() { co_return database_answer::absent; }
    // Stops everyone this loop serves.
    template <class Work>
    static awaitable<void> do_here(Work work) {
        work();
        co_return;
    }

    event_loop& loop_;
    boost::asio::thread_pool* pool_;
    async_connection& peer_;
    std::optional<loop_timer> timer_;  // made when it is first needed
};

}  // namespace servers
