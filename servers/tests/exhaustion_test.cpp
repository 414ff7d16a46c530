// What a program does when the machine has no more threads, memory or files for it: it says so to whom it
// cannot serve, counts it, and goes on; or, at its start, names the flag that asks for too much. A test of
// the library could not set such a limit for itself alone.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "servers/tests/client.hpp"
#include "servers/tests/program.hpp"
#include "servers/tests/variants.hpp"

namespace servers::tests {
namespace {

#if !defined(__has_feature)
#define __has_feature(name) 0
#endif
constexpr bool with_ubsan = __has_feature(address_sanitizer);  // the two come in one build
constexpr bool sanitized = with_ubsan || __has_feature(thread_sanitizer);

// The command line of a program that may have only so much of what `ulimit` calls by this letter.
std::vector<std::string> limited(char what, unsigned most, std::vector<std::string> command) {
    std::vector<std::string> whole = {"/bin/sh", "-c",
                                      fmt::format("ulimit -{} {}; exec \"$0\" \"$@\"", what, most)};
    whole.insert(whole.end(), command.begin(), command.end());
    return whole;
}

TEST(exhaustion, of_threads_is_answered_503) {
    if (sanitized) GTEST_SKIP() << "sanitizers need more address space than can be taken away";
    program server(limited('v', 120'000, {BLOCKING_SERVER, "--port", "0"}));
    const std::uint16_t port = announced_port(server.read_line());
    ASSERT_NE(port, 0);
    std::size_t refused = 0;
    {
        std::vector<client> clients;
        for (int i = 0; i < 800; ++i) {
            clients.emplace_back(port);
            clients.back().send(get_request("/task?wait_ms=300"));
        }
        for (client& each : clients) {
            const unsigned status = each.receive().status;
            EXPECT_TRUE(status == 200 || status == 503) << status;
            refused += status == 503 ? 1U : 0U;
        }
    }
    EXPECT_GT(refused, 0U);
    const std::string stats = client(port).get("/stats").body;
    EXPECT_EQ(stats.find(R"("thread_failures":0)"), std::string::npos) << stats;
    server.signal(SIGTERM);
    EXPECT_EQ(server.exit_code(), 0);
}

void expect_a_line_that_names_the_flag(const std::vector<std::string>& command, const std::string& flag) {
    SCOPED_TRACE(flag);
    program server(command);
    EXPECT_EQ(server.exit_code(), 2);
    const std::string errors = server.read_errors();
    EXPECT_TRUE(errors.starts_with(flag + ": ")) << errors;
    EXPECT_EQ(std::ranges::count(errors, '\n'), 1) << errors;
}

std::vector<std::string> loop_programs() {
    std::vector<std::string> paths = programs();
    std::erase(paths, BLOCKING_SERVER);
    return paths;
}

TEST(exhaustion, of_files_at_the_start_is_one_line_that_names_the_flag) {
    if (with_ubsan) GTEST_SKIP() << "UBSan opens a pipe when it meets a class for the first time";
    for (const std::string& path : loop_programs()) {
        expect_a_line_that_names_the_flag(limited('n', 40, {path, "--port", "0", "--threads", "100"}),
                                          "--threads");
    }
}

TEST(exhaustion, of_threads_at_the_start_is_one_line_that_names_the_flag) {
    if (sanitized) GTEST_SKIP() << "sanitizers need more address space than can be taken away";
    const auto expect_a_line = [](const std::string& path, const std::string& flag, const char* count) {
        expect_a_line_that_names_the_flag(limited('v', 120'000, {path, "--port", "0", flag, count}), flag);
    };
    for (const std::string& path : programs()) expect_a_line(path, "--threads", "2000");
    for (const std::string& path : loop_programs()) expect_a_line(path, "--offload", "1000");
}

class exhaustion_of : public testing::TestWithParam<variant> {
protected:
    [[nodiscard]] std::vector<std::string> command(std::vector<std::string> flags) const {
        std::vector<std::string> whole = GetParam().command;
        whole.insert(whole.end(), {"--port", "0"});
        whole.insert(whole.end(), flags.begin(), flags.end());
        return whole;
    }
};
INSTANTIATE_TEST_SUITE_P(each, exhaustion_of, testing::ValuesIn(variants()),
                         [](const auto& each) { return each.param.name; });

// Headers of half a megabyte each, begun by more clients than there is memory for.
TEST_P(exhaustion_of, memory_ends_no_more_than_the_requests_that_need_it) {
    if (sanitized) GTEST_SKIP() << "sanitizers need more address space than can be taken away";
    program server(limited('v', 150'000, command({"--max-header-bytes", "1000000"})));
    const std::uint16_t port = announced_port(server.read_line());
    ASSERT_NE(port, 0);
    {
        std::vector<client> greedy;
        for (int i = 0; i < 400; ++i) {
            greedy.emplace_back(port);
            greedy.back().send_at_once(get_request("/ping", "X: ").substr(0, 40) + std::string(500'000, 'x'));
        }
        // A few at a time would all fit. What asks for the counters may meet the shortage itself.
        std::string told = R"("failures":0)";
        while (GetParam().unbounded && (told.empty() || told.find(R"("failures":0)") != std::string::npos)) {
            for (client& each : greedy) each.send_at_once(std::string(1000, 'x'));
            told = client(port).get("/stats").body;
        }
    }
    EXPECT_EQ(client(port).get("/ping").status, 200U);
    server.signal(SIGTERM);
    EXPECT_EQ(server.exit_code(), 0);
}

// The library's test has a limit of none at all; this is the one that an operator meets.
TEST_P(exhaustion_of, files_makes_connections_wait_for_one) {
    if (with_ubsan) GTEST_SKIP() << "UBSan opens a pipe when it meets a class for the first time";
    program server(limited('n', 40, command({})));
    const std::uint16_t port = announced_port(server.read_line());
    ASSERT_NE(port, 0);
    std::vector<client> clients;
    for (int i = 0; i < 200; ++i) {
        clients.emplace_back(port);
        clients.back().send(get_request("/task?wait_ms=1", "Connection: close\r\n"));
    }
    for (client& each : clients) EXPECT_EQ(each.receive().status, 200U);
    server.signal(SIGTERM);
    EXPECT_EQ(server.exit_code(), 0);
}

}  // namespace
}  // namespace servers::tests
