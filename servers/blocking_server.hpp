// A server in which waiting means that a thread waits: one for each connection, or a few workers. Those serve
// one connection at a time and close it after one reply, as pre-fork servers do; or one request at a time,
// while connections that ask for nothing are kept in a waiting_room. Twin of async_server.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "servers/blocking_backend.hpp"
#include "servers/counters.hpp"
#include "servers/descriptor.hpp"
#include "servers/options.hpp"
#include "servers/session_terms.hpp"
#include "servers/thread_crew.hpp"
#include "servers/waiting_room.hpp"

namespace servers {

class blocking_server {
public:
    static constexpr model_flags model{.program = "blocking_server",
                                       .summary = "An HTTP server whose threads wait.",
                                       .thread_per_request = true,
                                       .offload = false};

    // Listens, but accepts nothing yet. Throws std::runtime_error with a line that names the flag at fault.
    explicit blocking_server(const options& chosen);
    // Waits for what drain() left unfinished.
    ~blocking_server();

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
    void stop_accepting();
    void accept_connections();
    bool accept_one();
    descriptor next_queued();
    void admit(descriptor socket);
    [[nodiscard]] bool let_in(int socket);
    [[nodiscard]] bool too_many_refusals() const;
    void serve(descriptor socket, bool welcome);
    template <class Connection>
    void talk(Connection& peer, counters& counts, bool welcome);
    void hold_connections();
    void keep(descriptor socket, bool welcome);
    void serve_kept();
    void part(waiting_room::owned gone, waiting_room::parting why);
    void turn_away(descriptor socket, bool welcome);
    counters& counters_of(int socket);
    [[nodiscard]] std::size_t total(counter counters::*which) const;
    [[nodiscard]] counters_report report() const;
    [[nodiscard]] std::string stats() const;

    [[nodiscard]] bool thread_per_connection() const { return options_.threads == 0; }

    const options options_;
    const session_terms terms_;
    const descriptor listener_;
    const bool is_local_;  // a unix socket
    blocking_backend backend_;
    std::chrono::steady_clock::time_point started_;
    std::vector<counters> counters_;
    std::atomic<bool> draining_{false};
    std::mutex queued_mutex_;
    std::mutex letting_in_mutex_;
    std::deque<descriptor> queued_;     // connections that only the drain took from the kernel
    std::optional<waiting_room> room_;  // of few threads that keep connections
    thread_crew crew_;                  // last, because its threads use all of the above
};

}  // namespace servers
