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
             .keep_open = thread_per_connection() || chosen.keep,
             .burden = handicap(chosen.handicap)},
      listener_(listen_on(chosen)),
      is_local_(family_of(listener_) == AF_UNIX),
      backend_(chosen.database),
      counters_(std::max(8 * std::thread::hardware_concurrency(), chosen.threads)) {
    blocking_connection::end_waits_after(listener_, options_.shortest_limit());  // those accepted have it too
    if (!options_.keep) return;
    ::fcntl(listener_.get(), F_SETFL, O_NONBLOCK);
    room_.emplace(options_, listener_, [this](waiting_room::owned gone, waiting_room::parting why) {
        part(std::move(gone), why);
    });
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
    if (room_) {
        return crew_.start_all("--threads", options_.threads + 1,
                               [this](unsigned i) { i == 0 ? hold_connections() : serve_kept(); });
    }
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
    if (room_) room_->wake();
}

void blocking_server::accept_connections() {
    while (!draining_) {
        if (!accept_one()) std::this_thread::sleep_for(accept_pause);
    }
    while (descriptor socket = next_queued()) admit(std::move(socket));
}

// False for want of resources.
bool blocking_server::accept_one() {
    descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) {
        // Any other error is one connection's, gone before it was accepted, or nothing came.
        const bool exhausted = out_of_resources(errno);
        if (exhausted) ++counters_.front().accept_pauses;
        return !exhausted;
    }
    // A unix socket hands none of its options on to those it accepts.
    if (is_local_) blocking_connection::end_waits_after(socket, options_.shortest_limit());
    admit(std::move(socket));
    return true;
}

descriptor blocking_server::next_queued() {
    const std::lock_guard lock(queued_mutex_);
    if (queued_.empty()) return {};
    descriptor next = std::move(queued_.front());
    queued_.pop_front();
    return next;
}

// Serves the connection, or answers that it cannot be served, on a thread of its own or, if there are
// workers, on this one; or has it kept for them.
void blocking_server::admit(descriptor socket) {
    const bool welcome = let_in(socket.get());
    if (room_) return keep(std::move(socket), welcome);
    const auto job = [this, welcome, number = socket.get()] {
        serve(descriptor(number), welcome);
        counters_of(number).let_out(welcome);
    };
    if (!thread_per_connection()) {
        socket.release();
        return job();
    }
    try {
        if (!welcome && too_many_refusals()) return turn_away(std::move(socket), welcome);
        crew_.start(job);
        socket.release();
    } catch (const std::exception&) {
        ++counters_.front().thread_failures;
        turn_away(std::move(socket), welcome);
    }
}

// Whether it is within the limit. Where many threads accept, one decides after the other: two that come
// together, each counting itself first, would both see one too many, and both be refused.
bool blocking_server::let_in(int socket) {
    const std::lock_guard lock(letting_in_mutex_);
    const bool welcome = total(&counters::admitted) < options_.max_connections;
    ++counters_of(socket).accepted;
    counters_of(socket).let_in(welcome);
    return welcome;
}

bool blocking_server::too_many_refusals() const {
    return total(&counters::open) > total(&counters::admitted) + most_refusals_at_once;
}

// Serves the connection if it is welcome, that is within the limit.
void blocking_server::serve(descriptor socket, bool welcome) {
    counters& counts = counters_of(socket.get());
    blocking_connection peer(std::move(socket), options_.shortest_limit(), draining_);
    talk(peer, counts, welcome);
}

template <class Connection>
void blocking_server::talk(Connection& peer, counters& counts, bool welcome) {
    std::string wire;
    blocking_session session(terms_, counts, draining_, peer, backend_, wire);
    if (!welcome) return session.refuse();
    try {
        session.converse();
    } catch (const std::exception&) {
        ++counts.failures;  // no memory, most likely; nothing of a reply has been written
        peer.write_at_once(view_of(overloaded_reply()));
    }
}

// The thread that holds the connections which nobody serves.
void blocking_server::hold_connections() {
    room_->hold(draining_, [this] { return accept_one(); });
    while (descriptor socket = next_queued()) admit(std::move(socket));
    room_->part_with_all();
}

void blocking_server::keep(descriptor socket, bool welcome) {
    counters& counts = counters_of(socket.get());
    if (!welcome && too_many_refusals()) return turn_away(std::move(socket), welcome);
    waiting_room::owned accepted;
    try {
        accepted = std::make_unique<kept_connection>(std::move(socket), options_.shortest_limit(), draining_);
    } catch (const std::exception&) {
        ++counts.failures;
        return turn_away(std::move(socket), welcome);
    }
    accepted->welcome = welcome;
    accepted->expect_within(options_.read_timeout);
    if (!welcome) return room_->enter_ready(std::move(accepted));
    if (room_->enter(accepted)) return;
    ++counts.failures;
    part(std::move(accepted), waiting_room::parting::ended);
}

// A worker among those that keep connections: for each request it has another.
void blocking_server::serve_kept() {
    while (waiting_room::owned peer = room_->next()) {
        counters& counts = counters_of(peer->number());
        talk(*peer, counts, peer->welcome);
        if (peer->awaits_request() && room_->park(peer)) continue;
        part(std::move(peer), waiting_room::parting::ended);
        room_->left();
    }
}

void blocking_server::part(waiting_room::owned gone, waiting_room::parting why) {
    counters& counts = counters_of(gone->number());
    if (why == waiting_room::parting::overdue) ++counts.timeouts;
    if (why == waiting_room::parting::ended_too_late) ++counts.drained;
    const bool welcome = gone->welcome;
    gone.reset();
    counts.let_out(welcome);
}

// For want of a thread, or with too many refusals under way: says so if that takes no waiting, and closes.
void blocking_server::turn_away(descriptor socket, bool welcome) {
    counters& counts = counters_of(socket.get());
    blocking_connection peer(std::move(socket), options_.shortest_limit(), draining_);
    ++counts.refused;
    if (peer.write_at_once(view_of(overloaded_reply())) > 0) counts.replied(503);
    counts.let_out(welcome);
}

// Connections that are open at the same time have different numbers, so that their threads seldom meet here.
counters& blocking_server::counters_of(int socket) {
    return counters_[static_cast<std::size_t>(socket) % counters_.size()];
}

std::size_t blocking_server::total(counter counters::*which) const {
    std::size_t sum = 0;
    for (const counters& each : counters_) sum += (each.*which).value();
    return sum;
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
