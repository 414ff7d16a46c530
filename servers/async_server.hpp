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
#include "servers/descriptor.hpp"
#include "servers/options.hpp"
#include "servers/request.hpp"
#include "servers/thread_crew.hpp"
#include "servers/work.hpp"
#include "servers/workload.hpp"

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
    // Accepts nothing new, answers every request whose first byte was read, and returns true; false if the
    // drain timeout came first. To be called once, after start().
    [[nodiscard]] bool drain();

private:
    struct event_loop;
    using loop_acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, loop_executor>;

    void make_loops();
    void open_databases();
    awaitable<void> accept_connections();
    void admit(event_loop& loop, loop_socket socket);
    awaitable<void> serve(event_loop& loop, loop_socket socket);
    awaitable<void> converse(event_loop& loop, async_connection& peer);
    awaitable<bool> read_request(event_loop& loop, async_connection& peer, incoming_request& request);
    awaitable<void> perform(event_loop& loop, plan& planned);
    awaitable<void> close_lingering(async_connection& peer);
    awaitable<void> refuse(event_loop& loop, loop_socket socket);
    void turn_away(event_loop& loop, loop_socket socket);
    [[nodiscard]] std::size_t open_connections() const;
    [[nodiscard]] std::string stats() const;

    const options options_;
    const handicap handicap_;
    std::uint16_t port_ = 0;
    std::chrono::steady_clock::time_point started_;
    std::vector<std::unique_ptr<event_loop>> loops_;
    std::optional<loop_acceptor> acceptor_;
    std::unique_ptr<boost::asio::thread_pool> offload_;
    thread_crew offload_crew_;
    thread_crew crew_;  // the crews are last, because their threads use all of the above
};

}  // namespace servers
