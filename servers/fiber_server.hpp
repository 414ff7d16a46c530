// A server whose code waits to the eye, and in which no thread does: each connection has a fiber, which is
// suspended while it waits, on event loops as async_server's. Its session is blocking_session, the very file
// that blocking_server compiles: same code, other waiting, as with goroutines and virtual threads.
#pragma once

#include <cstdint>

#include "servers/fiber_connection.hpp"
#include "servers/fiber_stacks.hpp"
#include "servers/loop_crew.hpp"
#include "servers/options.hpp"
#include "servers/session_terms.hpp"

namespace servers {

class fiber_server {
public:
    static constexpr model_flags model{.program = "fiber_server",
                                       .summary = "An HTTP server whose fibers wait.",
                                       .thread_per_request = false,
                                       .offload = true};

    // Listens, but accepts nothing yet. Throws std::runtime_error with a line that names the flag at fault.
    explicit fiber_server(const options& chosen);

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
    void serve(place taken, loop_socket socket, const fiber_yield& yield);

    const options options_;
    const session_terms terms_;
    fiber_stacks stacks_;
    loop_crew loops_;  // last, because its threads use all of the above
};

}  // namespace servers
