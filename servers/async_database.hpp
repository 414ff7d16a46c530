// A few connections to a database, shared by the many coroutines of one event loop: whoever asks while all
// are taken is suspended until its turn. Twin of blocking_database.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "servers/async_connection.hpp"
#include "servers/database.hpp"

namespace servers {

// To be destroyed before its io_context, whose coroutines do not touch it as they are destroyed.
class async_database {
public:
    // Opens all connections, and waits for that: nothing is served yet. Throws std::runtime_error that names
    // --db when one cannot be opened.
    async_database(boost::asio::io_context& context, std::string conninfo, unsigned connections,
                   std::chrono::milliseconds timeout);
    ~async_database();
    async_database(const async_database&) = delete;
    async_database& operator=(const async_database&) = delete;

    // Has the database sleep on one of the connections; waits its turn for that, first come, first served, as
    // long as the timeout. A connection that is lost answers `lost` and is opened again for the next.
    [[nodiscard]] awaitable<database_answer> sleep(std::chrono::milliseconds duration);

private:
    struct slot;
    struct waiter;

    awaitable<slot*> take();
    void give_back(slot& mine);
    awaitable<bool> ask(slot& mine, std::chrono::milliseconds duration);
    awaitable<bool> reopen(slot& mine);

    boost::asio::io_context& context_;
    const std::string conninfo_;
    const std::chrono::milliseconds timeout_;
    std::vector<std::unique_ptr<slot>> slots_;
    std::vector<slot*> idle_;
    std::deque<waiter*> waiting_;  // the first in turn at the front
};

}  // namespace servers
