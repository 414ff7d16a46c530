// A server in which waiting means that a coroutine is suspended: an event loop for each thread, and nothing
// shared between them. Twin of blocking_server.
#pragma once

#include <cstdint>

#include "servers/loop_crew.hpp"
#include "servers/options.hpp"
#include "servers/session_terms.hpp"

namespace servers {

class async_server {
public:
    static constexpr model_flags model{.program = "async_server",
                                       .summary = "An HTTP server whose coroutines wait.",
                                       .thread_per_request = false,
                                       .offload = true,
                                       .cancels = true};

    // Listens, but accepts nothing yet. Throws std::runtime_error with a line that names the flag at fault.
    explicit async_server(const options& chosen);

    [[nodiscard]] std::uint16_t port() const { return loops_.port(); }
    // Begins to serve, on threads of its own. Throws std::runtime_error, as above, when they cannot be
    // started.
    void start() { loops_.start(); }
    // Accepts nothing but what the kernel has accepted by now, answers every request that has begun to
    // arrive, and returns true; false if the drain timeout came first. To be called once, after start().
    [[nodiscard]] bool drain() { return loops_.drain(); }
    // Connections that drain() closed although something had come, too late.
    [[nodiscard]] std::uint64_t drained_unanswered() const { return loops_.report().drained(); }

private:
    awaitable<void> serve(place taken, loop_socket socket);

    const options options_;
    const session_terms terms_;
    loop_crew loops_;  // last, because its threads use all of the above
};

}  // namespace servers
