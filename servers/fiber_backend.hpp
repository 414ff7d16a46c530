// What a request may ask for behind a server whose fibers wait: each call suspends the fiber that asks, and
// returns to it when it is done. One for each connection. It waits through what async_backend waits through,
// and offers what blocking_backend offers.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "servers/database.hpp"
#include "servers/event_loop.hpp"
#include "servers/fiber_connection.hpp"

namespace servers {

class fiber_backend {
public:
    // Without a pool, what cannot be awaited is done in the loop.
    fiber_backend(event_loop& loop, boost::asio::thread_pool* pool, fiber_yield yield)
        : loop_(loop), pool_(pool), yield_(std::move(yield)) {}

    // Another service's answer.
    void sleep(std::chrono::milliseconds duration) {
        boost::system::error_code ignored;
        if (!timer_) timer_.emplace(loop_.context);
        timer_->expires_after(duration);
        timer_->async_wait(yield_[ignored]);
    }
    // The loop's database is the coroutines': one more of them asks it for the fiber, and tells it by hand,
    // as Asio 1.26 does not compile what would.
    database_answer query(std::chrono::milliseconds duration) {
        if (!loop_.database) return database_answer::absent;
        std::exception_ptr failure;
        const auto answer = boost::asio::async_initiate<const fiber_yield, void(database_answer)>(
            [&](auto resume) {
                boost::asio::co_spawn(loop_.context, loop_.database->sleep(duration),
                                      [&failure, resume = std::move(resume)](const std::exception_ptr& thrown,
                                                                             database_answer given) mutable {
                                          failure = thrown;
                                          std::move(resume)(given);
                                      });
            },
            yield_);
        if (failure) std::rethrow_exception(failure);
        return answer;
    }
    // Work that cannot be awaited; without a pool it stops everyone this loop serves.
    template <class Work>
    void offload(Work work) {
        if (pool_ == nullptr) return work();
        boost::asio::async_initiate<const fiber_yield, void()>(
            [pool = pool_, work](auto resume) {
                boost::asio::post(*pool, [work, resume = std::move(resume)]() mutable {
                    work();
                    boost::asio::post(std::move(resume));  // back to the loop, which its executor is
                });
            },
            yield_);
    }

private:
    event_loop& loop_;
    boost::asio::thread_pool* pool_;
    const fiber_yield yield_;
    std::optional<loop_timer> timer_;  // made when it is first needed
};

}  // namespace servers
