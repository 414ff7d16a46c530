#include "servers/blocking_connection.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <system_error>

namespace servers {

void blocking_connection::expect_within(std::chrono::milliseconds limit) {
    deadline_ = clock::now() + limit;
    late_ = false;
}

std::size_t blocking_connection::read(std::span<char> room, bool may_never_come) {
    // What comes a byte at a time would otherwise never be late.
    if (!may_never_come && !has_time()) return 0;
    while (true) {
        const ssize_t got = ::recv(socket_.get(), room.data(), room.size(), 0);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EAGAIN && errno != EINTR) return 0;
        if (may_never_come && draining_.load(std::memory_order_relaxed)) return 0;
        if (!has_time()) return 0;
    }
}

std::size_t blocking_connection::write(std::string_view bytes) {
    std::size_t written = 0;
    while (true) {
        const ssize_t sent =
            ::send(socket_.get(), bytes.data() + written, bytes.size() - written, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return written;
        if (sent > 0) written += static_cast<std::size_t>(sent);
        if (written == bytes.size() || !has_time()) return written;
    }
}

bool blocking_connection::write_at_once(std::string_view bytes) {
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

void blocking_connection::finish_writing() {
    ::shutdown(socket_.get(), SHUT_WR);
}

bool blocking_connection::has_time() {
    late_ = clock::now() >= deadline_;
    return !late_;
}

void blocking_connection::keep_ticking(const descriptor& socket, std::chrono::milliseconds tick) {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(tick);
    const timeval interval{.tv_sec = whole.count(),
                           .tv_usec = std::chrono::microseconds(tick - whole).count()};
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
        if (::setsockopt(socket.get(), SOL_SOCKET, option, &interval, sizeof interval) != 0) {
            throw std::system_error(errno, std::generic_category(), "cannot set a time limit on a socket");
        }
    }
}

}  // namespace servers
