// One client connection: opens, sends prepared bytes, reads one reply. It knows nothing of schedules or
// statistics: due time in, outcome and times out, both in the `exchange`.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "loadgen/exchange.hpp"
#include "loadgen/open_socket.hpp"
#include "loadgen/poller.hpp"

namespace loadgen {

namespace asio = boost::asio;
using error_code = boost::system::error_code;
using executor = asio::io_context::executor_type;  // concrete: a type-erased one costs on every operation
template <class T = void>
using task = asio::awaitable<T, executor>;
using timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>;

// What is sent and how the reply is to be read.
struct prepared_request {
    std::string_view bytes;
    bool keep = true;      // the connection is wanted again
    bool is_head = false;  // its reply has no body whatever the header says
};

class connection {
public:
    connection(poller& events, const asio::ip::tcp::endpoint& server)
        : poller_(events), place_(events), server_(server) {}
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() { close(); }

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
    shortage lacked() const { return lacked_; }  // what the last `open` lacked

    // A connection that outlives a run is taken over by the next, while this one is closed; closed where it
    // cannot be watched. `release` gives it up again: empty where another request could not be sent on it.
    void adopt(open_socket socket);
    open_socket release();

    // Sends the request and reads its reply; fills in service, first_byte, result, status and reply_bytes and
    // returns when the first byte was handed to the kernel. The connection is then spent, or
    // can serve another request.
    task<clock::time_point> perform(prepared_request request, exchange& into);

    // A server may close a kept connection while it idles, or send what nobody has asked for. Finds out
    // without waiting, so that no request is lost to it and no answer taken for its reply.
    void close_if_ended();
    void close();

private:
    int connect_at_once();
    int send_some(std::string_view& bytes);

    poller& poller_;
    pollable place_;
    int socket_ = -1;
    asio::ip::tcp::endpoint server_;
    clock::time_point deadline_ = clock::time_point::max();
    std::optional<outcome> interrupted_;
    shortage lacked_ = shortage::none;
    bool is_open_ = false;
    bool is_spent_ = false;
    std::array<char, 8192> buffer_;  // what a read takes in; a reply of any size passes through it
};

}  // namespace loadgen
