// The programs as a user meets them: first line, exit codes, errors, signals.
#include "servers/tests/program.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "servers/tests/client.hpp"
#include "servers/tests/variants.hpp"

namespace servers::tests {
namespace {

class server_program : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(each, server_program, testing::ValuesIn(programs()),
                         [](const auto& path) { return path.param.substr(path.param.rfind('/') + 1); });

TEST_P(server_program, says_where_it_listens_and_exits_with_0_when_told_to_stop) {
    for (const int number : {SIGTERM, SIGINT}) {
        program server({GetParam(), "--port", "0"});
        const std::uint16_t port = announced_port(server.read_line());
        ASSERT_NE(port, 0);
        EXPECT_EQ(client(port).get("/ping").status, 200U);
        server.signal(number);
        EXPECT_EQ(server.exit_code(), 0);
        EXPECT_EQ(server.read_errors(), "");
    }
}

// What a server on a unix socket answers to this; empty where it cannot be reached.
std::string asked_at(const std::string& path, std::string_view request) {
    const descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un place{};
    place.sun_family = AF_UNIX;
    path.copy(place.sun_path, sizeof place.sun_path - 1);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0) return {};
    std::string answer;
    ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL);
    for (char part[4096];;) {
        const auto got = ::recv(socket.get(), part, sizeof part, 0);
        if (got <= 0) return answer;
        answer.append(part, static_cast<std::size_t>(got));
    }
}

// Where a server that is killed leaves its file.
struct socket_name {
    std::string path = testing::TempDir() + "program_test_" + std::to_string(::getpid());

    socket_name() = default;
    socket_name(const socket_name&) = delete;
    socket_name& operator=(const socket_name&) = delete;
    ~socket_name() { ::unlink(path.c_str()); }
};

TEST_P(server_program, listens_on_a_unix_socket_and_leaves_no_file_behind) {
    const socket_name place;
    const std::string& path = place.path;
    constexpr std::string_view request = "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for (const int number : {SIGKILL, SIGTERM}) {  // a file that was left is no obstacle
        // The sockets of a process that had io_uring are let go a moment after its end.
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        std::optional<program> server;
        std::string line;
        while (line.empty() && std::chrono::steady_clock::now() < patience) {
            server.emplace(std::vector<std::string>{GetParam(), "--address", "unix:" + path});
            line = server->read_line();
        }
        EXPECT_EQ(line, "listening on unix:" + path);
        EXPECT_TRUE(asked_at(path, request).starts_with("HTTP/1.1 200 OK\r\n"));
        server->signal(number);
        server->exit_code();
    }
    EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST_P(server_program, does_not_take_a_unix_socket_from_a_server_that_runs) {
    const socket_name place;
    const std::string& path = place.path;
    program first({GetParam(), "--address", "unix:" + path});
    first.read_line();
    program second({GetParam(), "--address", "unix:" + path});
    EXPECT_EQ(second.exit_code(), 2);
    EXPECT_EQ(second.read_errors(),
              "--address unix:" + path + ": cannot listen there: Address already in use\n");
    EXPECT_FALSE(asked_at(path, "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").empty());
}

TEST_P(server_program, ends_its_waits_for_a_silent_client_of_a_unix_socket_too) {
    const socket_name place;
    const std::string& path = place.path;
    program server({GetParam(), "--address", "unix:" + path, "--read-timeout", "50ms"});
    server.read_line();
    EXPECT_TRUE(asked_at(path, "GET /pi").starts_with("HTTP/1.1 408 ")) << "and the connection is closed";
}

TEST_P(server_program, answers_under_load_every_request_it_has_begun_to_read) {
    program server({GetParam(), "--port", "0"});
    const std::uint16_t port = announced_port(server.read_line());
    std::vector<client> clients;
    for (int i = 0; i < 50; ++i) {
        clients.emplace_back(port);
        clients.back().send(get_request("/task?wait_ms=20", "Expect: 100-continue\r\nContent-Length: 1\r\n"));
    }
    for (client& each : clients) ASSERT_EQ(each.receive().status, 100U);
    server.signal(SIGTERM);
    for (client& each : clients) EXPECT_TRUE(each.send("x"));
    for (client& each : clients) EXPECT_EQ(each.receive().status, 200U);
    EXPECT_EQ(server.exit_code(), 0);
}

TEST_P(server_program, stops_in_time_whatever_is_unanswered) {
    program server({GetParam(), "--port", "0", "--drain-timeout", "50ms"});
    client waiting(announced_port(server.read_line()));
    waiting.send(get_request("/task?wait_ms=600000", "Expect: 100-continue\r\nContent-Length: 1\r\n"));
    ASSERT_EQ(waiting.receive().status, 100U);
    waiting.send("x");
    server.signal(SIGTERM);
    EXPECT_EQ(server.exit_code(), 0);
    EXPECT_NE(server.read_errors().find("--drain-timeout"), std::string::npos);
}

TEST_P(server_program, a_taken_port_is_one_line_that_names_the_flag) {
    program first({GetParam(), "--port", "0"});
    const std::uint16_t port = announced_port(first.read_line());
    program second({GetParam(), "--port", fmt::to_string(port)});
    EXPECT_EQ(second.exit_code(), 2);
    const std::string errors = second.read_errors();
    EXPECT_TRUE(errors.starts_with("--port: ")) << errors;
    EXPECT_EQ(std::ranges::count(errors, '\n'), 1) << errors;
}

TEST_P(server_program, mistakes_have_a_line_each) {
    program server({GetParam(), "--port", "x", "--bogus"});
    EXPECT_EQ(server.exit_code(), 2);
    const std::string errors = server.read_errors();
    EXPECT_EQ(std::ranges::count(errors, '\n'), 2) << errors;
}

TEST_P(server_program, prints_its_help) {
    program server({GetParam(), "--help"});
    EXPECT_NE(server.read_line(), "");
    EXPECT_EQ(server.exit_code(), 0);
}

#if defined(ASYNC_SERVER_URING)

// For the thread that calls it, and the programs that it runs.
bool forbid_io_uring() {
    std::array<sock_filter, 4> rules{
        sock_filter{.code = BPF_LD | BPF_W | BPF_ABS, .jt = 0, .jf = 0, .k = offsetof(seccomp_data, nr)},
        sock_filter{.code = BPF_JMP | BPF_JEQ | BPF_K, .jt = 0, .jf = 1, .k = SYS_io_uring_setup},
        sock_filter{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = SECCOMP_RET_ERRNO | EPERM},
        sock_filter{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = SECCOMP_RET_ALLOW}};
    const sock_fprog all{.len = static_cast<unsigned short>(rules.size()), .filter = rules.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0;
}

TEST(async_server_uring, says_in_a_line_that_io_uring_is_forbidden) {
    std::async(std::launch::async, [] {
        ASSERT_TRUE(forbid_io_uring());
        program server({ASYNC_SERVER_URING, "--port", "0"});
        EXPECT_EQ(server.read_line(), "");
        EXPECT_EQ(server.exit_code(), 2);
        EXPECT_EQ(
            server.read_errors(),
            "this kernel or container forbids io_uring (Operation not permitted): run async_server, the "
            "same on epoll\n");
    }).get();
}

TEST(async_server_uring, is_tested_as_the_others_are_where_it_is_allowed) {
    if (!io_uring_is_allowed()) GTEST_SKIP() << "this kernel or container forbids io_uring";
    const auto all = programs();
    EXPECT_NE(std::ranges::find(all, std::string(ASYNC_SERVER_URING)), all.end());
}

#endif

}  // namespace
}  // namespace servers::tests
