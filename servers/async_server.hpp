// A server in which waiting means that a coroutine is suspended: an event loop for each thread, and nothing
// shared between them. Twin of blocking_server.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "servers/async_connection.hpp"
#include "servers/counters.hpp"
#include "servers/event_loop.hpp"
#include "servers/options.hpp"
#include "servers/session_terms.hpp"
#include "servers/thread_crew.hpp"

namespace servers {

class async_server {
public:
    static constexpr model_flags model{.program = "async_server",
                                       .summary = "An HTTP server whose coroutines wait.",
                                       .thread_per_request = false,
                                       .offload = true};

    // Listens, but accepts nothing yet. Throws std::runtime_error with a line that names the flag at fault.
    explicit async_server(const options& chosen);
    // Waits for what drain() left unfinished.
    ~async_server();

    [[nodiscard]] std::uint16_t port() const;
    // Begins to serve, on threads of its own. Throws std::runtime_error, as above, when they cannot be
    // started.
    void start();
    // Accepts nothing but what the kernel has accepted by now, answers every request that has begun to
    // arrive, and returns true; false if the drain timeout came first. To be called once, after start().
    [[nodiscard]] bool drain();
    // Connections that drain() closed although something had come, too late.
    [[nodiscard]] std::uint64_t drained_unanswered() const { return report().drained(); }

private:
    using loop_acceptor =
        boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol, loop_executor>;

    void make_loops();
    void open_databases();
    void run(event_loop& loop);
    void run_offload();
    awaitable<void> accept_connections(presence here);
    void take_queued();
    void admit(loop_socket socket);
    awaitable<void> serve(place taken, loop_socket socket, bool welcome);
    void turn_away(event_loop& loop, loop_socket socket);
    event_loop& next_loop() { return *loops_[turn_ % loops_.size()]; }
    [[nodiscard]] std::size_t open_connections() const;
    [[nodiscard]] counters_report report() const;
    [[nodiscard]] std::string stats() const;

    const options options_;
    const session_terms terms_;
    std::uint16_t port_ = 0;
    std::chrono::steady_clock::time_point started_;
    std::vector<std::unique_ptr<event_loop>> loops_;
    std::optional<loop_acceptor> acceptor_;  // of the first loop, as all that follows until the next comment
    vital accepting_;
    std::size_t turn_ = 0;
    bool draining_ = false;
    // Of all threads again.
    std::unique_ptr<boost::asio::thread_pool> offload_;
    thread_crew offload_crew_;
    thread_crew crew_;  // the crews are last, because their threads use all of the above
};

}  // namespace servers
