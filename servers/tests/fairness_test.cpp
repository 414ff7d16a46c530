// What a model costs must be what waiting costs in it, and nothing of how this code is written: counted in
// context switches, which other work on the machine does not change.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "servers/counters.hpp"
#include "servers/tests/client.hpp"
#include "servers/tests/program.hpp"
#include "servers/tests/variants.hpp"

namespace servers::tests {
namespace {

using namespace std::chrono_literals;

// Of all threads that the process has now.
std::uint64_t context_switches(pid_t process) {
    std::uint64_t sum = 0;
    for (const auto& task :
         std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
        std::ifstream status(task.path() / "status");
        for (std::string line; std::getline(status, line);) {
            const std::size_t at = line.find("ctxt_switches:");
            if (at != std::string::npos) sum += std::stoull(line.substr(at + 14));
        }
    }
    return sum;
}

class fairness : public testing::TestWithParam<variant> {};
INSTANTIATE_TEST_SUITE_P(each, fairness, testing::ValuesIn(variants()),
                         [](const auto& each) { return each.param.name; });

TEST_P(fairness, idle_connections_cost_next_to_nothing) {
    constexpr std::size_t connections = 300;
    std::vector<std::string> command = GetParam().command;
    // No limit passes while they are watched, not the shortest either.
    command.insert(command.end(), {"--port", "0", "--linger-timeout", "20s"});
    program server(command);
    const std::uint16_t port = announced_port(server.read_line());
    std::vector<client> idle(connections);
    for (client& each : idle) {
        ASSERT_TRUE(each.connect(port));
        if (GetParam().keeps) {
            ASSERT_EQ(each.get("/ping").status, 200U);
        }
    }
    const std::uint64_t before = context_switches(server.id());
    EXPECT_FALSE(idle.back().readable_within(700ms));  // which is how long they are watched
    EXPECT_LT(context_switches(server.id()) - before, connections / 2);
}

TEST(counters, of_different_threads_share_no_cache_line) {
    EXPECT_GE(alignof(counters), 64U);
}

}  // namespace
}  // namespace servers::tests
