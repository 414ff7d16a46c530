#include "servers/blocking_server.hpp"

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
    : options_(chosen), handicap_(chosen.handicap), listener_(listen_on(chosen)) {
    blocking_connection::keep_ticking(listener_, options_.tick());
    if (!options_.database.conninfo.empty()) database_.emplace(options_.database);
}

blocking_server::~blocking_server() {
    stop_accepting();
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
    return crew_.ended_within(options_.drain_timeout);
}

void blocking_server::stop_accepting() {
    draining_ = true;
    ::shutdown(listener_.get(), SHUT_RD);  // whoever waits in accept() returns
}

void blocking_server::accept_connections() {
    while (!draining_) {
        descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (socket) {
            admit(std::move(socket));
        } else if (out_of_resources(errno)) {
            ++counters_.accept_pauses;
            std::this_thread::sleep_for(accept_pause);
        }
        // Any other error is one connection's, gone before it was accepted, or the tick.
    }
}

// Serves the connection, or answers that it cannot be served, on a thread of its own or, if there are
// workers, on this one.
void blocking_server::admit(descriptor socket) {
    ++counters_.accepted;
    const std::size_t open = ++counters_.open;
    const bool welcome = open <= options_.max_connections;
    const auto job = [this, welcome, number = socket.get()] {
        welcome ? serve(descriptor(number)) : refuse(descriptor(number));
        --counters_.open;
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
        ++counters_.thread_failures;
        turn_away(std::move(socket));
    }
}

void blocking_server::serve(descriptor socket) {
    blocking_connection peer(std::move(socket), draining_);
    try {
        converse(peer);
    } catch (const std::exception&) {
        ++counters_.failures;  // no memory, most likely; nothing of a reply has been written
        peer.write_at_once(overloaded_reply);
    }
}

void blocking_server::converse(blocking_connection& peer) {
    incoming_request request(
        {.header_bytes = options_.max_header_bytes, .body_bytes = options_.max_body_bytes});
    std::string wire;
    peer.expect_within(options_.read_timeout);
    while (read_request(peer, request)) {
        plan planned = request.refusal() ? plan{.reply = *request.refusal()}
                                         : make_plan(request.method(), request.target());
        handicap_.burn();
        if (!planned.immediate()) perform(planned);
        if (planned.stats) planned.reply.made = stats();

        // A request that was read along with this one is owed a reply, even while draining.
        const bool keep =
            thread_per_connection() && request.keep_alive() && (!draining_ || request.has_more());
        render(planned.reply, keep, wire);
        peer.expect_within(options_.write_timeout);
        if (peer.write(wire) < wire.size()) break;
        counters_.replied(planned.reply.status);
        if (!keep) {
            if (!request.is_last()) close_lingering(peer);
            return;
        }
        request.next();
        peer.expect_within(request.idle() ? options_.idle_timeout : options_.read_timeout);
    }
    if (peer.late()) ++counters_.timeouts;
}

// True when there is something to reply to; false when the connection is to be closed without a word.
bool blocking_server::read_request(blocking_connection& peer, incoming_request& request) {
    while (!request.settled()) {
        if (request.wants_continue() && peer.write(continue_line) < continue_line.size()) return false;
        const bool idle = request.idle();
        if (idle && draining_) return false;
        const std::size_t got = peer.read(request.room(), idle);
        if (got > 0) {
            request.received(got);
            if (idle && !request.settled()) peer.expect_within(options_.read_timeout);
        }
        if (request.settled()) break;
        if (peer.late() && !idle) {
            ++counters_.timeouts;
            request.refuse(408, "the request did not arrive in time");
        } else if (got == 0) {
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
// reset, and a reset takes the reply with it if the client has not read that yet.
void blocking_server::close_lingering(blocking_connection& peer) {
    std::array<char, 1024> unwanted;
    peer.finish_writing();
    peer.expect_within(options_.linger_timeout);
    while (peer.read(unwanted, false) > 0 && !peer.late()) {
    }
}

// For a connection over the limit.
void blocking_server::refuse(descriptor socket) {
    blocking_connection peer(std::move(socket), draining_);
    ++counters_.refused;
    peer.expect_within(options_.write_timeout);
    if (peer.write(overloaded_reply) < overloaded_reply.size()) return;
    counters_.replied(503);
    close_lingering(peer);
}

// For want of a thread, or with too many refusals under way: says so if that takes no waiting, and closes.
void blocking_server::turn_away(descriptor socket) {
    blocking_connection peer(std::move(socket), draining_);
    ++counters_.refused;
    if (peer.write_at_once(overloaded_reply)) counters_.replied(503);
    --counters_.open;
}

std::string blocking_server::stats() const {
    counters_report report;
    report.add(counters_);
    return report.json(crew_.size(), std::chrono::steady_clock::now() - started_);
}

}  // namespace servers
