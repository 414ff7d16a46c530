// What a request may ask for behind a server whose threads wait: each call returns when it is done, and the
// calling thread waits meanwhile. One for all connections. Twin of async_backend.
#pragma once

#include <chrono>
#include <optional>
#include <thread>

#include "servers/blocking_database.hpp"
#include "servers/database.hpp"

namespace servers {

class blocking_backend {
public:
    // Opens the database, if there is one.
    explicit blocking_backend(const database_options& chosen) {
        if (!chosen.conninfo.empty()) database_.emplace(chosen);
    }

    // Another service's answer.
    static void sleep(std::chrono::milliseconds duration) { std::this_thread::sleep_for(duration); }
    database_answer query(std::chrono::milliseconds duration) {
        return database_ ? database_->sleep(duration) : database_answer::absent;
    }
    // Work that cannot be awaited: the thread is the connection's own, and may as well do it.
    template <class Work>
    static void offload(Work work) {
        work();
    }

private:
    std::optional<blocking_database> database_;
};

}  // namespace servers
