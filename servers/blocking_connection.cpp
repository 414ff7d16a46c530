#include "servers/blocking_connection.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <system_error>

namespace servers {
namespace {

// A wait may end this much too late before it is worth a call to set it anew.
constexpr std::chrono::milliseconds close_enough{10};

bool set_wait(int socket, int option, coarse_clock::duration wait) {
    const auto whole = std::chrono::ceil<std::chrono::microseconds>(wait);  // as 0 would be for ever
    const auto seconds = std::chrono::floor<std::chrono::seconds>(whole);
    const timeval limit{.tv_sec = seconds.count(), .tv_usec = (whole - seconds).count()};
    return ::setsockopt(socket, SOL_SOCKET, option, &limit, sizeof limit) == 0;
}

}  // namespace

void blocking_connection::expect_within(std::chrono::milliseconds limit) {
    deadline_ = clock::now() + limit;
    late_ = false;
}

std::size_t blocking_connection::read(std::span<char> room, bool may_never_come) {
    while (has_time(SO_RCVTIMEO, read_wait_)) {
        const ssize_t got = ::recv(socket_.get(), room.data(), room.size(), 0);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EAGAIN && errno != EINTR) return 0;
        if (errno == EAGAIN) read_wait_ = {};  // has been waited, and was too short if there is time left
        if (may_never_come && draining_) return 0;
    }
    return 0;
}

bool blocking_connection::write_rest(std::string_view bytes, std::size_t written) {
    while (written < bytes.size() && has_time(SO_SNDTIMEO, write_wait_)) {
        const ssize_t sent =
            ::send(socket_.get(), bytes.data() + written, bytes.size() - written, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
        if (sent < 0 && errno == EAGAIN) write_wait_ = {};
        if (sent > 0) written += static_cast<std::size_t>(sent);
    }
    return written == bytes.size();
}

std::size_t blocking_connection::read_at_once(std::span<char> room) {
    const ssize_t got = ::recv(socket_.get(), room.data(), room.size(), MSG_DONTWAIT);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

std::size_t blocking_connection::write_at_once(std::string_view bytes) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

bool blocking_connection::has_more() {
    char byte = 0;
    return ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void blocking_connection::finish_writing() {
    ::shutdown(socket_.get(), SHUT_WR);
}

bool blocking_connection::has_time(int option, clock::duration& wait) {
    const clock::duration left = deadline_ - clock::now();
    late_ = left <= clock::duration::zero();
    if (late_) return false;
    const bool too_short = wait == clock::duration::zero();
    if ((too_short || left + close_enough < wait) && set_wait(socket_.get(), option, left)) wait = left;
    return true;
}

void blocking_connection::end_waits_after(const descriptor& socket, std::chrono::milliseconds wait) {
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
        if (!set_wait(socket.get(), option, wait)) {
            throw std::system_error(errno, std::generic_category(), "cannot set a time limit on a socket");
        }
    }
}

}  // namespace servers
