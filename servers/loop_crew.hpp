// The event loops of a server, each on a thread of its own, and nothing shared between them but who accepts:
// the first loop, which deals connections out in turn. How a connection is then served, whether by a
// coroutine or by a fiber, is the server's. What cannot be awaited it may give to a few threads more.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "servers/async_connection.hpp"
#include "servers/counters.hpp"
#include "servers/event_loop.hpp"
#include "servers/options.hpp"
#include "servers/thread_crew.hpp"

namespace servers {

class loop_crew {
public:
    // Begins to serve a connection in its place's loop. What it throws is for want of memory.
    using serve_function = std::function<void(place, loop_socket)>;

    // Listens, but accepts nothing yet. The options must outlive it. Throws std::runtime_error with a line
    // that names the flag at fault.
    loop_crew(const options& chosen, serve_function serve);
    // Waits for what drain() left unfinished.
    ~loop_crew();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    void start();
    [[nodiscard]] bool drain();

    // Threads for what cannot be awaited; none: it is done in the loop.
    [[nodiscard]] boost::asio::thread_pool* pool() const { return offload_.get(); }
    [[nodiscard]] counters_report report() const;
    [[nodiscard]] std::string stats() const;

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
    void turn_away(event_loop& loop, loop_socket socket);
    event_loop& next_loop() { return *loops_[turn_ % loops_.size()]; }
    [[nodiscard]] std::size_t total(counter counters::*which) const;

    const options& options_;
    const serve_function serve_;
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
