// Whether there is io_uring here. Containers forbid it as a rule, and so may an administrator.
#pragma once

#include <fmt/format.h>
#include <liburing.h>

#include <cstring>
#include <string>

namespace servers {

// Empty: it may be used; otherwise who forbids it, in a line.
inline std::string io_uring_fault() {
    ::io_uring ring{};
    const int result = ::io_uring_queue_init(2, &ring, 0);
    if (result < 0) {
        return fmt::format(
            "this kernel or container forbids io_uring ({}): run async_server, the same on epoll",
            std::strerror(-result));
    }
    ::io_uring_queue_exit(&ring);
    return {};
}

}  // namespace servers
