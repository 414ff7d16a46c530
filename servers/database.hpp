// What both servers' databases have in common: how to reach one, what can come of asking it, and what a
// client is then told. It knows nothing of libpq, so that it is the same in builds without.
#pragma once

#include <chrono>
#include <string>

#include "servers/reply.hpp"

namespace servers {

struct database_options {
    std::string conninfo{};                     // libpq's connection string; empty: there is no database
    unsigned connections = 10;                  // open at the same time, of the whole server
    std::chrono::milliseconds timeout{10'000};  // for a request to get one of them, and for opening one
};

enum class database_answer {
    done,
    absent,  // the server was started without one
    busy,    // no connection became free in time
    lost     // it cannot be reached, or the connection broke while it was asked
};

// Leaves the reply as it is when the answer is `done`; otherwise makes it the fault, 501 or 503.
void tell(database_answer answer, reply& what);

// What is wrong with a connection string, or with this build that has no libpq; empty: nothing.
[[nodiscard]] std::string conninfo_fault(const std::string& conninfo);

// After a failure to open a connection it is not tried again for a while, each time twice as long.
class backoff {
public:
    using clock = std::chrono::steady_clock;

    [[nodiscard]] bool over(clock::time_point now) const { return now >= until_; }
    void failed(clock::time_point now);
    void succeeded() { *this = backoff(); }

private:
    static constexpr std::chrono::milliseconds longest{5'000};

    clock::time_point until_{};
    std::chrono::milliseconds next_{50};
};

}  // namespace servers
