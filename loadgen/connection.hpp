// One client connection: opens, sends prepared bytes, reads one reply. It knows nothing of schedules or
// statistics: due time in, outcome and times out, both in the `exchange`.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "loadgen/exchange.hpp"
#include "loadgen/expectation.hpp"
#include "loadgen/loop.hpp"
#include "loadgen/open_connection.hpp"
#include "loadgen/reply_reader.hpp"
#include "loadgen/server_address.hpp"
#include "loadgen/wire_clock.hpp"

namespace loadgen {

// What is sent and how the reply is to be read.
struct prepared_request {
    std::string_view bytes;
    bool keep = true;      // the connection is wanted again
    bool is_head = false;  // its reply has no body whatever the header says
    const expectation& expected;
    reply_reader::known_head& head;
};

class connection {
public:
    // `tls` is what its connections have in common; null: they are plain.
    // `buffer`: what a read takes in; a reply of any size passes through it, and nothing stays in it.
    connection(loop& events, wire_clock& wire, const server_address& server, tls_client* tls,
               std::span<char> buffer)
        : loop_(events), wire_(wire), place_(events), server_(server), tls_client_(tls), buffer_(buffer) {}
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() { close(); }

    frame_pool& frames() { return loop_.frames(); }
    bool is_open() const { return is_open_; }
    bool is_spent() const { return is_spent_; }  // nothing more can be sent on it: to be closed

    // From now on the work belongs to a request that may last until `deadline`.
    void begin(clock::time_point deadline);
    clock::time_point deadline() const { return deadline_; }

    // Ends what is under way; it then reports `why` as its outcome.
    void interrupt(outcome why);

    // Makes the socket, without connecting it: what can be done before a request is due.
    int prepare();  // an errno, 0 if all is well

    // Connects. Returns `ok`, or `connect_failed`, or the outcome it was interrupted with, or `unfinished`
    // where the generator lacked something of its own.
    task<outcome> open();
    // Afterwards, where there is TLS: `ok`, or `connect_failed`, or the outcome it was interrupted with.
    task<outcome> shake_hands();
    bool has_tls() const { return tls_client_ != nullptr; }
    const tls_stream* tls() const { return tls_.get(); }         // of an open connection
    const std::string& tls_fault() const { return tls_fault_; }  // why the last handshake failed
    shortage lacked() const { return lacked_; }                  // what the last `open` lacked

    // A connection that outlives a run is taken over by the next, while this one is closed; closed where it
    // cannot be watched. `release` gives it up again: empty where another request could not be sent on it.
    void adopt(open_connection kept);
    open_connection release();

    // Sends the request and reads its reply; fills in service, read, first_byte, result, status and
    // reply_bytes and returns when the request was on its way. The connection is then spent, or
    // can serve another request.
    task<clock::time_point> perform(prepared_request request, exchange& into);

    // A server may close a kept connection while it idles, or send what nobody has asked for. Finds out
    // without waiting, so that no request is lost to it and no answer taken for its reply.
    void close_if_ended();
    void close();

private:
    int connect_at_once();
    int send_some(std::string_view& bytes);
    std::string_view plain(arrival& got);

    loop& loop_;
    wire_clock& wire_;
    pollable place_;
    int socket_ = -1;
    server_address server_;
    tls_client* tls_client_;
    std::span<char> buffer_;
    std::unique_ptr<tls_stream> tls_;
    std::string tls_fault_;
    clock::time_point deadline_ = clock::time_point::max();
    std::optional<outcome> interrupted_;
    shortage lacked_ = shortage::none;
    bool is_open_ = false;
    bool is_spent_ = false;
};

}  // namespace loadgen
