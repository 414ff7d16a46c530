#include "servers/kept_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace servers {

std::size_t kept_connection::read(std::span<char> room, bool may_never_come) {
    if (!may_never_come) return received(room, blocking_connection::read(room, false));
    awaits_request_ = !has_come_;
    if (awaits_request_) return 0;
    const ssize_t got = ::recv(number(), room.data(), room.size(), MSG_DONTWAIT);
    awaits_request_ = got < 0 && (errno == EAGAIN || errno == EINTR);
    const std::size_t left = received(room, got > 0 ? static_cast<std::size_t>(got) : 0);
    awaits_request_ = awaits_request_ || (got > 0 && left == 0);
    return left;
}

// Asked while the server drains: whoever has asked for nothing by then is told the end, and not kept.
std::size_t kept_connection::read_at_once(std::span<char> room) {
    awaits_request_ = false;
    return received(room, blocking_connection::read_at_once(room));
}

// The wait may have cut the end of an empty line in two, and the conversation that had its first half is
// over: the other half then says nothing.
std::size_t kept_connection::received(std::span<char> room, std::size_t got) {
    const bool is_first = std::exchange(has_come_, false);
    if (got == 0) return 0;
    const bool is_half = is_first && last_ == '\r' && room.front() == '\n';
    last_ = room[got - 1];
    if (!is_half) return got;
    std::copy_n(room.begin() + 1, got - 1, room.begin());
    return got - 1;
}

}  // namespace servers
