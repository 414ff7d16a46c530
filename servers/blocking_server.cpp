#include "servers/blocking_server.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <thread>
#include <utility>

#include "servers/listener.hpp"
#include "servers/work.hpp"

namespace servers {

blocking_server::blocking_server(const options& chosen)
    : options_(chosen),
      handicap_(chosen.handicap),
      listener_(listen_on(chosen)),
      counters_(std::max(8 * std::thread::hardware_concurrency(), chosen.threads)) {
    blocking_connection::end_waits_after(listener_, options_.shortest_limit());  // those accepted have it too
    if (!options_.database.conninfo.empty()) database_.emplace(options_.database);
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
        welcome ? serve(descriptor(number)) : refuse(descriptor(number));
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

void blocking_server::serve(descriptor socket) {
    counters& mine = counters_of(socket.get());
    blocking_connection peer(std::move(socket), options_.shortest_limit(), draining_);
    try {
        converse(mine, peer);
    } catch (const std::exception&) {
        ++mine.failures;  // no memory, most likely; nothing of a reply has been written
        peer.write_at_once(view_of(overloaded_reply()));
    }
}

void blocking_server::converse(counters& mine, blocking_connection& peer) {
    incoming_request request(
        {.header_bytes = options_.max_header_bytes, .body_bytes = options_.max_body_bytes});
    std::string wire;
    peer.expect_within(options_.read_timeout);
    while (read_request(mine, peer, request)) {
        plan planned = request.refusal() ? plan{.reply = *request.refusal()}
                                         : make_plan(request.method(), request.target());
        handicap_.burn();
        if (!planned.immediate()) perform(planned);
        if (planned.stats) planned.reply.made = stats();

        // A request that came along with this one is owed a reply, even while draining.
        const bool keep = thread_per_connection() && request.keep_alive() &&
                          (!draining_ || request.has_more() || peer.has_more());
        render(planned.reply, keep, wire);
        peer.expect_within(options_.write_timeout);
        if (peer.write(wire) < wire.size()) break;
        mine.replied(planned.reply.status);
        if (!keep) {
            if (!request.is_last()) close_lingering(peer);
            return;
        }
        request.next();
        peer.expect_within(request.idle() ? options_.idle_timeout : options_.read_timeout);
    }
    if (peer.late()) ++mine.timeouts;
    // What comes too late is not answered, but counted. A worker has others to see to.
    if (draining_ && thread_per_connection() && request.idle() && close_lingering(peer)) ++mine.drained;
}

// True when there is something to reply to; false when the connection is to be closed without a word.
bool blocking_server::read_request(counters& mine, blocking_connection& peer, incoming_request& request) {
    while (!request.settled()) {
        if (request.wants_continue()) {
            if (peer.write(continue_line) < continue_line.size()) return false;
            mine.replied(100);
        }
        const bool idle = request.idle();
        // Who has asked for nothing yet is not waited for while draining: what is here is all there will be.
        const bool last_look = idle && draining_;
        const std::size_t got =
            last_look ? peer.read_at_once(request.room()) : peer.read(request.room(), idle);
        if (got > 0) {
            request.received(got);
            if (idle && !request.idle()) peer.expect_within(options_.read_timeout);
        }
        if (request.settled()) break;
        if (peer.late() && !idle) {
            ++mine.timeouts;
            request.refuse(408, "the request did not arrive in time");
        } else if (got == 0 && (last_look || !idle || !draining_)) {
            return false;
        }
    }
    return true;
}

void blocking_server::perform(plan& planned) {
    if (planned.database) {
        const bool there = database_.has_value();
        tell(there ? database_->sleep(*planned.database) : database_answer::absent, planned.reply);
    }
    if (planned.wait.count() > 0) std::this_thread::sleep_for(planned.wait);
    block_for(planned.block);
    compute_for(planned.compute);
}

// Waits for the client to close first. Closing with unread input, or before more of it comes, would send a
// reset, and a reset takes the reply with it if the client has not read that yet. True when something came.
bool blocking_server::close_lingering(blocking_connection& peer) {
    std::array<char, 1024> unwanted;
    bool came = false;
    peer.finish_writing();
    peer.expect_within(options_.linger_timeout);
    while (peer.read(unwanted, false) > 0 && !peer.late()) came = true;
    return came;
}

// For a connection over the limit.
void blocking_server::refuse(descriptor socket) {
    counters& mine = counters_of(socket.get());
    blocking_connection peer(std::move(socket), options_.shortest_limit(), draining_);
    const auto wire = overloaded_reply();
    ++mine.refused;
    peer.expect_within(options_.write_timeout);
    if (peer.write(view_of(wire)) < wire.size()) return;
    mine.replied(503);
    close_lingering(peer);
}

// For want of a thread, or with too many refusals under way: says so if that takes no waiting, and closes.
void blocking_server::turn_away(descriptor socket) {
    counters& mine = counters_of(socket.get());
    blocking_connection peer(std::move(socket), options_.shortest_limit(), draining_);
    ++mine.refused;
    if (peer.write_at_once(view_of(overloaded_reply()))) mine.replied(503);
    --mine.open;
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
