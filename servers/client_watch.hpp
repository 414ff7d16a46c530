// Notices that a client has gone while nothing of its connection is read or written, and cancels what is
// awaited for it: with --cancel-abandoned only, as it costs calls to the kernel for each wait.
//
// Gone is who has reset or closed the connection, and who has ended only its own sending: until something is
// written to it a closed socket looks just the same. nginx, Go and Node take it alike. Bytes that come ahead
// of that end, such as the next request, hide it, as in Go; a reset is noticed all the same. A machine that
// has vanished says nothing, and is not noticed.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>
#include <memory>

#include "servers/loop_connection.hpp"

namespace servers {

class client_watch : public std::enable_shared_from_this<client_watch> {
public:
    // The socket may go before this does.
    explicit client_watch(loop_socket& socket) : socket_(socket) {}

    // Emits once, when the client goes between start() and stop().
    [[nodiscard]] boost::asio::cancellation_slot slot() { return gone_.slot(); }
    [[nodiscard]] bool is_gone() const { return is_gone_; }

    // Both may be called again and again.
    void start();
    void stop();

private:
    using wait_type = boost::asio::socket_base::wait_type;

    void wait(wait_type what);
    void look(wait_type waited_for, const boost::system::error_code& error);

    loop_socket& socket_;
    boost::asio::cancellation_signal gone_;
    boost::asio::cancellation_signal enough_;  // of the wait that is under way
    unsigned turn_ = 0;                        // that wait's number: one that was ended may still be told
    bool watches_ = false;
    bool is_gone_ = false;
};

}  // namespace servers
