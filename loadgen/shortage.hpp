// What the generator itself may run out of. A request that was not sent for want of it says nothing about the
// server: it is counted apart, and makes the run invalid.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace loadgen {

enum class shortage : std::uint8_t { none, files, ports, memory, events, time };

inline constexpr std::size_t shortage_count = 6;

// In the order of `shortage`: what ran out, and the limits that say so with what to do about it.
struct shortage_text {
    std::string_view name, limits;
};
inline constexpr std::array<shortage_text, shortage_count> shortage_texts{
    {{"", ""},
     {"open files", "ulimit -n: take fewer --connections, or raise it"},
     {"local ports",
      "net.ipv4.ip_local_port_range, less those that closed connections still hold: keep connections, take "
      "fewer, or "
      "widen it"},
     {"memory for sockets", "ulimit -v, net.ipv4.tcp_mem: take fewer --connections, or raise them"},
     {"places in an epoll set", "fs.epoll.max_user_watches: take fewer --connections, or raise it"},
     {"time", "it handed them out after their --timeout had passed"}}};

constexpr std::size_t index_of(shortage value) {
    return static_cast<std::size_t>(value);
}

// The shortage behind the errno of a call that opens a connection; `none` where the errno speaks of the
// server or of the way there.
shortage shortage_of(int fault);

}  // namespace loadgen
