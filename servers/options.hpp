// What a server can be told: a struct with its defaults, and the flags that change them. It starts nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "servers/database.hpp"

namespace servers {

struct options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;  // 0: any free one
    unsigned threads = 1;       // 0: one for each connection
    bool keep = false;          // a few threads' connections, for more requests than one
    unsigned offload = 0;       // threads for work that cannot be awaited; 0: done in the event loop
    int backlog = 4096;         // connections the kernel keeps until they are accepted

    std::size_t max_connections = 16384;
    std::size_t max_header_bytes = 16 * 1024;
    std::size_t max_body_bytes = 1024 * 1024;
    std::chrono::milliseconds read_timeout{
        10'000};  // for all of a request, and for a connection's first byte
    std::chrono::milliseconds write_timeout{10'000};  // for all of a reply
    std::chrono::milliseconds idle_timeout{60'000};   // for the next request of a kept connection to begin
    std::chrono::milliseconds linger_timeout{1'000};  // for a client to close after the last reply
    std::chrono::milliseconds drain_timeout{10'000};  // for requests in flight to be answered after SIGTERM
    database_options database{};
    bool cancel_abandoned = false;  // a wait whose client has gone
    std::chrono::nanoseconds handicap{
        0};  // of processor time, wasted on each request; for tests of comparisons

    // The shortest time that a connection may wait for anything.
    [[nodiscard]] std::chrono::milliseconds shortest_limit() const;
    // How often an event loop looks which connections' time is over: it keeps limits to within this.
    [[nodiscard]] std::chrono::milliseconds tick() const;
};

// How many connections over the limit are told so with all due care; any more are turned away as fast as
// possible.
inline constexpr std::size_t most_refusals_at_once = 64;

// What a model's program is called and which of the flags it has.
struct model_flags {
    std::string_view program;
    std::string_view summary;
    bool thread_per_request;  // --threads takes per-request too, and that is its default
    bool offload;             // it has --offload
    bool cancels = false;     // it has --cancel-abandoned
};

struct parsed_options {
    options chosen;
    std::vector<std::string>
        mistakes;      // a line each, naming the flag, the fault and the fix; empty: all is well
    std::string help;  // to be printed instead of serving, if not empty
};

// Reports every mistake at once. `arguments` are those after the program's name.
[[nodiscard]] parsed_options parse_options(const model_flags& model,
                                           const std::vector<std::string>& arguments);

}  // namespace servers
