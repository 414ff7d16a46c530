// Runs the models' tests with an async server on io_uring, where that is allowed; otherwise says who forbids
// it, which ctest takes for skipped.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "servers/io_uring.hpp"

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    const std::string fault = servers::io_uring_fault();
    if (fault.empty()) return RUN_ALL_TESTS();
    fmt::print("{}\n", fault);
    return 0;
}
