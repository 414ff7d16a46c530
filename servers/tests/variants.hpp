// The same five variants as programs: what the lists in models.hpp are to the libraries.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace servers::tests {

struct variant {
    std::string name;
    std::vector<std::string> command;
    bool unbounded = false;  // in the requests that it serves at once
};

inline std::vector<variant> variants() {
    return {{"sequential", {BLOCKING_SERVER, "--threads", "1"}},
            {"pool_8", {BLOCKING_SERVER, "--threads", "8"}},
            {"thread_per_request", {BLOCKING_SERVER}, true},
            {"async", {ASYNC_SERVER}, true},
            {"async_2", {ASYNC_SERVER, "--threads", "2"}, true}};
}

inline void PrintTo(const variant& what, std::ostream* out) {
    *out << what.name;
}

}  // namespace servers::tests
