// What every fuzz target shares: a fault that is found ends the program, with the words to find it by.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace servers::tests {

inline void expect_none(const std::string& fault) {
    if (fault.empty()) return;
    fmt::print(stderr, "FAULT: {}\n", fault);
    std::abort();
}

}  // namespace servers::tests
