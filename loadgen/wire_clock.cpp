#include "loadgen/wire_clock.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>

namespace loadgen {
namespace {

// The distance of the clocks is known to less than this. A stamp that is later than the read itself by more
// is of a clock that was set.
constexpr nanoseconds tolerance = std::chrono::microseconds(1);

nanoseconds wall_now() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

// Zero: there is none.
nanoseconds stamp_of(msghdr& message) {
    for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec stamp{};
        std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
        return std::chrono::seconds(stamp.tv_sec) + nanoseconds(stamp.tv_nsec);
    }
    return nanoseconds(0);
}

void ask_for_stamps_of(int socket) {
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

}  // namespace

open_socket ask_for_stamps() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ask_for_stamps_of(socket);
    return open_socket(socket);
}

// Between two readings of a clock this thread may have been put to sleep. So of all distances the one that
// was read fastest stands, until another is farther from it than that one took.
void wire_clock::relate() {
    const auto before = clock::now();
    const auto wall = wall_now();
    const auto took = clock::now() - before;
    const auto ahead = wall - (before.time_since_epoch() + took / 2);
    if (took >= relating_took_ && std::chrono::abs(ahead - wall_ahead_) <= took) return;
    relating_took_ = took;
    wall_ahead_ = ahead;
}

void wire_clock::stamp(int socket) const {
    if (asks_kernel_) ask_for_stamps_of(socket);
}

clock::time_point wire_clock::sent(clock::time_point before, clock::time_point after,
                                   clock::time_point done) {
    const nanoseconds took = after - before;
    shortest_send_ = std::min(shortest_send_, took);
    const bool was_interrupted = done < after;
    const nanoseconds most = was_interrupted ? shortest_send_ / 2 : 2 * shortest_send_;
    return before + std::min({took / 2, most, nanoseconds(done - before)});
}

arrival wire_clock::receive(int socket, std::span<char> into, clock::time_point earliest) const {
    arrival result;
    if (!asks_kernel_) {
        result.bytes = ::recv(socket, into.data(), into.size(), 0);
        result.at = result.read = clock::now();
        return result;
    }
    iovec room{into.data(), into.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control;
    msghdr message{};
    message.msg_iov = &room;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    result.bytes = ::recvmsg(socket, &message, 0);
    result.at = result.read = clock::now();
    const auto stamp = result.bytes > 0 ? stamp_of(message) : nanoseconds(0);
    if (stamp > nanoseconds(0)) {
        const clock::time_point received(stamp - wall_ahead_);
        result.by_kernel = received >= earliest && received <= result.read + tolerance;
        if (result.by_kernel) result.at = std::min(received, result.read);
    }
    return result;
}

}  // namespace loadgen
