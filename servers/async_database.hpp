// A few connections to PostgreSQL that an event loop's coroutines queue for: whoever has one is suspended
// until its socket has the answer. Each loop has its own share of the server's connections, as nothing is
// shared between loops: a loop whose connections are all taken does not borrow another's. The queue is as
// long as there are connections with a request, which --max-connections bounds; it is served in the order of
// arrival. A query that has begun has no limit but its own length, as in the twin, blocking_database.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <list>
#include <memory>
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
    struct waiter {
        timer deadline;
        slot* given = nullptr;
    };

    awaitable<slot*> acquire();  // nullptr when the time is up
    void release(slot& used);
    awaitable<bool> open(slot& closed);
    awaitable<bool> connect(slot& closed);
    static awaitable<bool> query(slot& opened, std::chrono::milliseconds duration);

    boost::asio::io_context& loop_;
    const database_options options_;
    std::vector<std::unique_ptr<slot>> slots_;
    std::vector<slot*> idle_;
    std::list<waiter*> queue_;
};

}  // namespace servers
