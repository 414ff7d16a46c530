#include "servers/kept_connection.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace servers {

std::size_t kept_connection::read(std::span<char> room, bool may_never_come) {
    if (!may_never_come) return blocking_connection::read(room, false);
    awaits_request_ = !std::exchange(has_come_, false);
    if (awaits_request_) return 0;
    const ssize_t got = ::recv(number(), room.data(), room.size(), MSG_DONTWAIT);
    awaits_request_ = got < 0 && (errno == EAGAIN || errno == EINTR);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

// Asked while the server drains: whoever has asked for nothing by then is told the end, and not kept.
std::size_t kept_connection::read_at_once(std::span<char> room) {
    awaits_request_ = false;
    return blocking_connection::read_at_once(room);
}

}  // namespace servers
