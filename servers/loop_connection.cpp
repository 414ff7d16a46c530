#include "servers/loop_connection.hpp"

#include <sys/socket.h>

#include <boost/asio/recycling_allocator.hpp>
#include <vector>

namespace servers {

void have_memory_to_wait() {
    constexpr std::size_t bytes = 1000;  // the cache takes blocks of up to 1020
    // One for the wait, and one for what ends it when it has that and lacks something else; both go back.
    std::vector<std::byte, boost::asio::recycling_allocator<std::byte>> first, second;
    first.reserve(bytes);
    second.reserve(bytes);
}

void loop_connection::expect_within(std::chrono::milliseconds limit) {
    deadline_ = clock::now() + limit;
    late_ = false;
}

std::size_t loop_connection::read_at_once(std::span<char> room) {
    const ssize_t got = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

std::size_t loop_connection::write_at_once(std::string_view bytes) {
    if (owes_rest_) return 0;
    const ssize_t sent =
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    owes_rest_ = sent > 0 && static_cast<std::size_t>(sent) < bytes.size();
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

bool loop_connection::has_more() {
    char byte = 0;
    return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void loop_connection::finish_writing() {
    socket_.shutdown(loop_socket::shutdown_send, error_);
}

// The deadline stays, so that an operation which slipped past the last tick is ended by the next.
void loop_connection::tick(clock::time_point now) {
    if (now < deadline_) return;
    late_ = true;
    cancel();
}

void loop_connection::drain() {
    is_drained_ = true;
    if (may_never_come_) cancel();
}

void loop_connection::cancel() {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

}  // namespace servers
