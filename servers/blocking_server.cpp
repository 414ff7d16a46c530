#include "servers/blocking_server.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <thread>
#include <utility>

#include "servers/blocking_connection.hpp"
#include "servers/blocking_session.hpp"
#include "servers/listener.hpp"
#include "servers/reply.hpp"

namespace servers {

blocking_server::blocking_server(const options& chosen)
    : options_(chosen),
      terms_{.limits = options_,
             .stats = [this] { return stats(); },
             .keep_open = thread_per_connection(),
             .burden = handicap(chosen.handicap)},
      listener_(listen_on(chosen)),
      is_local_(family_of(listener_) == AF_UNIX),
      backend_(chosen.database),
      counters_(std::max(8 * std::thread::hardware_concurrency(), chosen.threads)) {
    blocking_connection::end_waits_after(listener_, options_.shortest_limit());  // those accepted have it too
}

blocking_server::~blocking_server() {
    stop_accepting();
    while (!crew_.interrupted_and_ended_within(std::chrono::hours(1))) {
    }
}

std::uint16_t blocking_server::port() const {
    return port_of(listener_);
}

void blocking_server::start() {
    started_ = std::chrono::steady_clock::now();
    crew_.start_all("--threads", std::max(1U, options_.threads), [this](unsigned) { accept_connections(); });
}

bool blocking_server::drain() {
    stop_accepting();
    return crew_.interrupted_and_ended_within(options_.drain_timeout);
}

// Takes what the kernel has accepted by now. What it accepts after that is reset, and counted.
void blocking_server::stop_accepting() {
    const std::lock_guard lock(queued_mutex_);
    if (draining_.exchange(true)) return;
    ::fcntl(listener_.get(), F_SETFL, O_NONBLOCK);
    for (std::size_t left = waiting_in(listener_.get()); left > 0; --left) {
        descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (socket) queued_.push_back(std::move(socket));
    }
    counters_.front().drained += waiting_in(listener_.get());
    ::shutdown(listener_.get(), SHUT_RD);  // whoever waits in accept() returns
}

void blocking_server::accept_connections() {
    while (!draining_) {
        descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (socket) {
            // A unix socket hands none of its options on to those it accepts.
            if (is_local_) blocking_connection::end_waits_after(socket, options_.shortest_limit());
            admit(std::move(socket));
        } else if (out_of_resources(errno)) {
            ++counters_.front().accept_pauses;
            std::this_thread::sleep_for(accept_pause);
        }
        // Any other error is one connection's, gone before it was accepted, or nothing came.
    }
    while (descriptor socket = next_queued()) admit(std::move(socket));
}

descriptor blocking_server::next_queued() {
    const std::lock_guard lock(queued_mutex_);
    if (queued_.empty()) return {};
    descriptor next = std::move(queued_.front());
    queued_.pop_front();
    return next;
}

// Serves the connection, or answers that it cannot be served, on a thread of its own or, if there are
// workers, on this one.
void blocking_server::admit(descriptor socket) {
    ++counters_of(socket.get()).accepted;
    ++counters_of(socket.get()).open;
    const std::size_t open = open_connections();
    const bool welcome = open <= options_.max_connections;
    const auto job = [this, welcome, number = socket.get()] {
        serve(descriptor(number), welcome);
        --counters_of(number).open;
    };
    if (!thread_per_connection()) {
        socket.release();
        return job();
    }
    try {
        if (open > options_.max_connections + most_refusals_at_once) return turn_away(std::move(socket));
        crew_.start(job);
        socket.release();
    } catch (const std::exception&) {
        ++counters_.front().thread_failures;
        turn_away(std::move(socket));
    }
}

// Serves the connection if it is welcome, that is within the limit.
void blocking_server::serve(descriptor socket, bool welcome) {
    counters& counts = counters_of(socket.get());
    blocking_connection peer(std::move(socket), options_.shortest_limit(), draining_);
    blocking_session session(terms_, counts, draining_, peer, backend_);
    if (!welcome) return session.refuse();
    try {
        session.converse();
    } catch (const std::exception&) {
        ++counts.failures;  // no memory, most likely; nothing of a reply has been written
        peer.write_at_once(view_of(overloaded_reply()));
    }
}

// For want of a thread, or with too many refusals under way: says so if that takes no waiting, and closes.
void blocking_server::turn_away(descriptor socket) {
    counters& counts = counters_of(socket.get());
    blocking_connection peer(std::move(socket), options_.shortest_limit(), draining_);
    ++counts.refused;
    if (peer.write_at_once(view_of(overloaded_reply()))) counts.replied(503);
    --counts.open;
}

// Connections that are open at the same time have different numbers, so that their threads seldom meet here.
counters& blocking_server::counters_of(int socket) {
    return counters_[static_cast<std::size_t>(socket) % counters_.size()];
}

std::size_t blocking_server::open_connections() const {
    std::size_t open = 0;
    for (const counters& each : counters_) open += each.open.value();
    return open;
}

counters_report blocking_server::report() const {
    counters_report sum;
    for (const counters& each : counters_) sum.add(each);
    return sum;
}

std::string blocking_server::stats() const {
    return report().json(crew_.size(), std::chrono::steady_clock::now() - started_);
}

}  // namespace servers
