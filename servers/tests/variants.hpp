// The same variants as programs: what the lists in models.hpp are to the libraries.
#pragma once

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "servers/descriptor.hpp"

namespace servers::tests {

struct variant {
    std::string name;
    std::vector<std::string> command;
    bool keeps = false;      // connections, for more requests
    bool unbounded = false;  // in the requests that it serves at once
};

// Where it is not, the program says so and ends: a test of its own.
inline bool io_uring_is_allowed() {
    std::array<char, 120> parameters{};
    const descriptor ring(static_cast<int>(::syscall(SYS_io_uring_setup, 2, parameters.data())));
    return static_cast<bool>(ring);
}

inline std::vector<variant> variants() {
    std::vector<variant> all = {{"sequential", {BLOCKING_SERVER, "--threads", "1"}},
                                {"pool_8", {BLOCKING_SERVER, "--threads", "8"}},
                                {"pool_keep_8", {BLOCKING_SERVER, "--threads", "8", "--keep"}, true},
                                {"thread_per_request", {BLOCKING_SERVER}, true, true},
                                {"async", {ASYNC_SERVER}, true, true},
                                {"async_2", {ASYNC_SERVER, "--threads", "2"}, true, true}};
#if defined(FIBER_SERVER)
    all.push_back({"fiber", {FIBER_SERVER}, true, true});
    all.push_back({"fiber_2", {FIBER_SERVER, "--threads", "2"}, true, true});
#endif
#if defined(ASYNC_SERVER_URING)
    if (io_uring_is_allowed()) all.push_back({"async_uring", {ASYNC_SERVER_URING}, true, true});
#endif
    return all;
}

// The programs themselves.
inline std::vector<std::string> programs() {
    std::vector<std::string> paths;
    for (const variant& each : variants()) {
        if (paths.empty() || paths.back() != each.command.front()) paths.push_back(each.command.front());
    }
    return paths;
}

inline void PrintTo(const variant& what, std::ostream* out) {
    *out << what.name;
}

}  // namespace servers::tests
