// A few connections to PostgreSQL that threads queue for: whoever has one waits inside libpq for the answer.
// The queue is as long as there are threads with a request, which --max-connections bounds; it is served in
// the order of arrival. A query that has begun has no limit but its own length: a database that falls silent
// keeps its caller, as blocking calls do. Twin of async_database.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "servers/database.hpp"

namespace servers {

class blocking_database {
public:
    // Opens the connections; those that cannot be opened now are tried again when they are asked for.
    explicit blocking_database(const database_options& chosen);
    ~blocking_database();

    // Lets the database sleep for so long, once a connection is free.
    database_answer sleep(std::chrono::milliseconds duration);

private:
    struct slot;
    struct waiter {
        std::condition_variable called;
        slot* given = nullptr;
    };

    slot* acquire();  // nullptr when the time is up
    void release(slot& used);
    bool open(slot& closed);
    static bool query(slot& opened, std::chrono::milliseconds duration);

    const database_options options_;
    std::vector<std::unique_ptr<slot>> slots_;
    std::mutex mutex_;  // of what follows
    std::vector<slot*> idle_;
    std::list<waiter*> queue_;
};

}  // namespace servers
