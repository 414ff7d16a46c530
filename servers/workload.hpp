// What a request asks for: a method and a target become a plan of what to do before the reply goes out.
// Pure: no socket, no thread, no clock. Both servers follow the same plans, so nothing but the way they wait
// differs.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include "servers/reply.hpp"

namespace servers {

// A plan's parts are done in this order: database, wait, block, compute, reply.
struct plan {
    std::chrono::milliseconds wait{};   // for something that can be awaited, such as another service's answer
    std::chrono::milliseconds block{};  // inside a library call that cannot be awaited
    std::chrono::milliseconds compute{};                  // of processor time
    std::optional<std::chrono::milliseconds> database{};  // for it to sleep, once a connection is free
    std::size_t bytes = 0;  // of the reply's body, in place of the usual one; 0: the usual one
    bool stats = false;     // the reply's body is the server's counters, which only the server knows
    servers::reply reply;

    [[nodiscard]] bool immediate() const {
        return wait.count() == 0 && block.count() == 0 && compute.count() == 0 && !database;
    }
};

// No request may hold a thread or a place for longer than this.
inline constexpr std::chrono::milliseconds longest_part = std::chrono::minutes(10);

// Nor memory for a reply of more than this.
inline constexpr std::size_t most_bytes = 16 * 1024 * 1024;

// The article's own request: five seconds of waiting.
inline constexpr std::chrono::milliseconds article_wait = std::chrono::seconds(5);

// `target` is in origin form (/task?wait_ms=50), absolute form (http://host/task?wait_ms=50) or, for OPTIONS,
// an asterisk.
// Never throws for what a client sent: a fault becomes a plan that only replies, with 400 (a target or
// parameter that makes no sense), 404 (unknown path), 405 (a method the path does not have) or 501 (a method
// nobody knows).
[[nodiscard]] plan make_plan(std::string_view method, std::string_view target);

}  // namespace servers
