#include "servers/async_connection.hpp"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

namespace servers {

namespace asio = boost::asio;

void async_connection::expect_within(std::chrono::milliseconds limit) {
    deadline_ = clock::now() + limit;
    late_ = false;
}

// These are no coroutines of their own but return the one Asio makes for the operation: a frame less for
// each.
awaitable<std::size_t> async_connection::read(std::span<char> room, bool may_never_come) {
    may_never_come_ = may_never_come;
    return socket_.async_read_some(asio::buffer(room.data(), room.size()),
                                   asio::redirect_error(use_loop, error_));
}

awaitable<std::size_t> async_connection::write(std::string_view bytes) {
    may_never_come_ = false;
    return asio::async_write(socket_, asio::buffer(bytes), asio::redirect_error(use_loop, error_));
}

std::size_t async_connection::read_at_once(std::span<char> room) {
    const ssize_t got = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

bool async_connection::write_at_once(std::string_view bytes) {
    return ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

bool async_connection::has_more() {
    char byte = 0;
    return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void async_connection::finish_writing() {
    socket_.shutdown(loop_socket::shutdown_send, error_);
}

// The deadline stays, so that an operation which slipped past the last tick is ended by the next.
void async_connection::tick(clock::time_point now) {
    if (now < deadline_) return;
    late_ = true;
    cancel();
}

void async_connection::drain() {
    if (may_never_come_) cancel();
}

void async_connection::cancel() {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

}  // namespace servers
