// The life of one connection slot: take a request, connect where that is needed, send it and read its reply,
// back off where the server cannot be reached. A closed loop's session takes the schedule's next request when
// it is free, an open loop's what the dispatcher has made due. Lives on its worker's thread.
#pragma once

#include <span>
#include <utility>

#include "loadgen/connection.hpp"
#include "loadgen/contact.hpp"
#include "loadgen/dispatcher.hpp"
#include "loadgen/ledger.hpp"
#include "loadgen/loop.hpp"

namespace loadgen {

class session {
public:
    // What the sessions of a worker have in common. Outlives them.
    struct surroundings {
        loop& events;
        wire_clock& wire;
        tls_client* tls;  // null: connections are plain
        const plan& asked;
        schedule& arrivals;
        dispatcher& waiting;
        ledger& accounts;
        reply_reader::known_head& head;
        std::span<char> buffer;  // one for all, as a reply is read on the spot: it stays in the cache
        contact& server;
    };

    session(const surroundings& shared, std::uint32_t index);
    frame_pool& frames() { return shared_.events.frames(); }

    // Before the start: makes the socket of a connection that will be opened when it is due (what fails now
    // fails again, and is counted, then), or opens the kept connection.
    void prepare() { link_.prepare(); }
    task<> open();

    // Before the start, and after the end: the connection of the run before, and the one that stays.
    void adopt(open_connection connection) { link_.adopt(std::move(connection)); }
    open_connection release() { return link_.release(); }

    // Requests until the schedule, the measured time or `stop` ends them.
    task<> run(clock::time_point start);
    void note_end() { has_ended_ = true; }

    // Ends what is under way; it then has `why` as its outcome, and the session goes on.
    void interrupt(outcome why) { link_.interrupt(why); }
    // Ends what is under way as `unfinished`, and then the session.
    void stop();

    bool is_open() const { return link_.is_open(); }
    bool is_failing() const { return failed_connects_ > 0; }
    bool has_ended() const { return has_ended_; }
    clock::time_point deadline() const { return link_.deadline(); }

private:
    task<> run_closed();
    task<> take_turn();
    task<> run_open();
    bool is_to_be_tried_again(const exchange& x) const;
    task<> perform(exchange& x);
    task<bool> connect(exchange& x);
    task<> back_off();
    void close(exchange& x, nanoseconds lost);

    const surroundings& shared_;
    connection link_;
    parking idle_;  // here it waits for a request to become due
    timer wake_;    // ends a back-off
    std::uint32_t index_;
    unsigned failed_connects_ = 0;  // in a row
    std::uint64_t requests_on_link_ = 0;
    bool stopping_ = false;
    bool has_ended_ = false;
    bool was_idle_ = true;  // since its last request: the server may have closed the connection meanwhile
    clock::time_point start_{};
    clock::time_point free_since_{};
    makespan_parts parts_;
};

}  // namespace loadgen
