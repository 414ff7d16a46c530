// The conversation on one connection, for coroutines. Twin of blocking_session: the diff of the two is what
// sync and async mean. It waits only through what it is handed: the connection's read and write, the
// backend's sleep, query and offload. Of these it asks that they can be awaited, as async_connection's and
// async_backend's can.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <utility>

#include "servers/async_connection.hpp"
#include "servers/counters.hpp"
#include "servers/database.hpp"
#include "servers/reply.hpp"
#include "servers/request.hpp"
#include "servers/session_terms.hpp"
#include "servers/work.hpp"
#include "servers/workload.hpp"

namespace servers {

template <class Connection, class Backend>
class async_session {
public:
    // All of these must outlive it. Replies are put together in `wire`, which may be that of others who do
    // not run meanwhile: what is in it is written before anything is waited for, or taken along.
    async_session(const session_terms& terms, counters& counts, const std::atomic<bool>& draining,
                  Connection& peer, Backend& backend, std::string& wire)
        : terms_(terms),
          limits_(terms.limits),
          counts_(counts),
          draining_(draining),
          peer_(peer),
          backend_(backend),
          wire_(wire) {}

    // Answers one request after another, until one of the two ends wants no more. Throws std::exception for
    // want of memory.
    awaitable<void> converse() {
        incoming_request request(
            {.header_bytes = limits_.max_header_bytes, .body_bytes = limits_.max_body_bytes});
        peer_.expect_within(limits_.read_timeout);
        while (co_await read_request(request)) {
            plan planned = request.refusal() ? plan{.reply = *request.refusal()}
                                             : make_plan(request.method(), request.target());
            terms_.burden.burn();
            if (!planned.immediate()) co_await perform(planned);
            if (planned.stats) planned.reply.made = terms_.stats();

            // A request that came along with this one is owed a reply, even while draining.
            const bool keep = terms_.keep_open && request.keep_alive() &&
                              (!draining_ || request.has_more() || peer_.has_more());
            render(planned.reply, keep, wire_);
            peer_.expect_within(limits_.write_timeout);
            const std::size_t sent = peer_.write_at_once(wire_);
            if (sent < wire_.size() && !co_await peer_.write_rest(std::move(wire_), sent)) break;
            counts_.replied(planned.reply.status);
            if (!keep) {
                if (!request.is_last()) co_await close_lingering();
                co_return;
            }
            request.next();
            peer_.expect_within(request.idle() ? limits_.idle_timeout : limits_.read_timeout);
        }
        if (peer_.late()) ++counts_.timeouts;
        // What comes too late is not answered, but counted. A worker that keeps none open has others to see
        // to.
        if (draining_ && terms_.keep_open && request.idle() && co_await close_lingering()) ++counts_.drained;
    }

    // Instead of converse(), on a connection over the limit.
    awaitable<void> refuse() {
        const auto wire = overloaded_reply();
        ++counts_.refused;
        peer_.expect_within(limits_.write_timeout);
        if (peer_.write_at_once(view_of(wire)) < wire.size()) co_return;  // a new connection has room for it
        counts_.replied(503);
        co_await close_lingering();
    }

private:
    // True when there is something to reply to; false when the connection is to be closed without a word.
    awaitable<bool> read_request(incoming_request& request) {
        while (!request.settled()) {
            if (request.wants_continue()) {
                const std::size_t sent = peer_.write_at_once(continue_line);
                if (sent < continue_line.size() &&
                    !co_await peer_.write_rest(std::string(continue_line), sent))
                    co_return false;
                counts_.replied(100);
            }
            const bool idle = request.idle();
            // Who has asked for nothing yet is not waited for while draining: what is here is all there will
            // be.
            const bool last_look = idle && draining_;
            const std::size_t got =
                last_look ? peer_.read_at_once(request.room()) : co_await peer_.read(request.room(), idle);
            if (got > 0) {
                request.received(got);
                if (idle && !request.idle()) peer_.expect_within(limits_.read_timeout);
            }
            if (request.settled()) break;
            if (peer_.late() && !idle) {
                ++counts_.timeouts;
                request.refuse(408, "the request did not arrive in time");
            } else if (got == 0 && (last_look || !idle || !draining_)) {
                co_return false;
            }
        }
        co_return true;
    }

    awaitable<void> perform(plan& planned) {
        if (planned.database) tell(co_await backend_.query(*planned.database), planned.reply);
        if (planned.wait.count() > 0) co_await backend_.sleep(planned.wait);
        if (planned.block.count() == 0 && planned.compute.count() == 0) co_return;
        const auto work = [&planned] {
            block_for(planned.block);
            compute_for(planned.compute);
        };
        co_await backend_.offload(work);
    }

    // Waits for the client to close first. Closing with unread input, or before more of it comes, would send
    // a reset, and a reset takes the reply with it if the client has not read that yet. True when something
    // came.
    awaitable<bool> close_lingering() {
        std::array<char, 1024> unwanted;
        bool came = false;
        peer_.finish_writing();
        peer_.expect_within(limits_.linger_timeout);
        while (co_await peer_.read(unwanted, false) > 0 && !peer_.late()) came = true;
        co_return came;
    }

    const session_terms& terms_;
    const options& limits_;
    counters& counts_;
    const std::atomic<bool>& draining_;
    Connection& peer_;
    Backend& backend_;
    std::string& wire_;
};

}  // namespace servers
