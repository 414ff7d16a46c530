// A few connections to PostgreSQL that an event loop's coroutines queue for: whoever has one is suspended
// until its socket has the answer. Each loop has its own share of the server's connections, as nothing is
// shared between loops: a loop whose connections are all taken does not borrow another's. The queue is as
// long as there are connections with a request, which --max-connections bounds; it is served in the order of
// arrival. A query that has begun has no limit but its own length, as in the twin, blocking_database.
// Whoever is cancelled leaves the queue, or closes the connection it has: PostgreSQL goes on with the query
// until it looks whether anybody is there, by its client_connection_check_interval.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "servers/async_connection.hpp"
#include "servers/database.hpp"

namespace servers {

class async_database {
public:
    // Opens the connections; those that cannot be opened now are tried again when they are asked for. To be
    // destroyed before the loop's context, and once it has stopped.
    async_database(boost::asio::io_context& loop, const database_options& chosen);
    ~async_database();

    // Lets the database sleep for so long, once a connection is free.
    awaitable<database_answer> sleep(std::chrono::milliseconds duration);

private:
    using timer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>, loop_executor>;
    struct slot;

    // A connection for as long as somebody has it. It goes back whatever becomes of them: a coroutine may
    // also be destroyed while it is suspended, for want of memory, or with its loop, when the pool is gone
    // before it.
    class lease {
    public:
        lease() = default;
        lease(async_database& pool, slot& taken) : pool_(&pool), here_(pool.here_), taken_(&taken) {}
        lease(lease&& other) noexcept
            : pool_(other.pool_),
              here_(std::move(other.here_)),
              taken_(std::exchange(other.taken_, nullptr)),
              sound_(other.sound_) {}
        lease& operator=(lease&& other) noexcept {
            std::swap(pool_, other.pool_);
            std::swap(here_, other.here_);
            std::swap(taken_, other.taken_);
            std::swap(sound_, other.sound_);
            return *this;
        }
        ~lease();

        [[nodiscard]] explicit operator bool() const { return taken_ != nullptr; }
        [[nodiscard]] slot& operator*() const { return *taken_; }
        // Unless it is, it is closed before anybody else has it.
        void is_sound(bool sound) { sound_ = sound; }

    private:
        async_database* pool_ = nullptr;
        std::weak_ptr<const bool> here_;
        slot* taken_ = nullptr;
        bool sound_ = true;
    };

    // Leaves the queue with its coroutine.
    struct waiter
        : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
        timer deadline;
        lease given;

        waiter(boost::asio::io_context& loop, std::chrono::milliseconds limit) : deadline(loop, limit) {}
    };

    awaitable<lease> acquire();  // of nothing when the time is up
    void release(slot& used);
    awaitable<bool> open(slot& closed);
    awaitable<bool> connect(slot& closed);
    static awaitable<bool> query(slot& opened, std::chrono::milliseconds duration);

    boost::asio::io_context& loop_;
    const database_options options_;
    std::vector<std::unique_ptr<slot>> slots_;
    std::vector<slot*> idle_;
    boost::intrusive::list<waiter, boost::intrusive::constant_time_size<false>> queue_;
    std::shared_ptr<const bool> here_ = std::make_shared<const bool>(true);  // as long as the pool is
};

}  // namespace servers
