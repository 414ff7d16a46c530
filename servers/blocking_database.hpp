// A few connections to a database, shared by many threads: whoever asks while all are taken waits, as a
// thread, for its turn. Twin of async_database.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "servers/database.hpp"

namespace servers {

class blocking_database {
public:
    // Opens all connections. Throws std::runtime_error that names --db when one cannot be opened.
    blocking_database(std::string conninfo, unsigned connections, std::chrono::milliseconds timeout);
    ~blocking_database();
    blocking_database(const blocking_database&) = delete;
    blocking_database& operator=(const blocking_database&) = delete;

    // Has the database sleep on one of the connections; waits its turn for that, first come, first served, as
    // long as the timeout. A connection that is lost answers `lost` and is opened again for the next.
    [[nodiscard]] database_answer sleep(std::chrono::milliseconds duration);

private:
    struct slot;

    slot* take();
    void give_back(slot& mine);
    bool ask(slot& mine, std::chrono::milliseconds duration);
    bool reopen(slot& mine);

    const std::string conninfo_;
    const std::chrono::milliseconds timeout_;
    std::vector<std::unique_ptr<slot>> slots_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<slot*> idle_;
    std::deque<std::uint64_t> waiting_;  // tickets, the first in turn at the front
    std::uint64_t next_ticket_ = 0;
};

}  // namespace servers
