// SIGTERM in the middle of a load: whoever's request has begun to be read is answered, nobody gets half a
// reply, and the program ends with 0.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "servers/tests/client.hpp"
#include "servers/tests/program.hpp"
#include "servers/tests/variants.hpp"

namespace servers::tests {
namespace {

class drain : public testing::TestWithParam<variant> {
protected:
    void SetUp() override {
        std::vector<std::string> command = GetParam().command;
        command.insert(command.end(), {"--port", "0", "--linger-timeout", "50ms"});
        server.emplace(command);
        port = announced_port(server->read_line());
        ASSERT_NE(port, 0);
    }

    void expect_no_errors_but_of_late_comers() {
        const std::string errors = server->read_errors();
        EXPECT_TRUE(errors.empty() || errors.ends_with("came after the signal and were not answered\n"))
            << errors;
    }

    std::optional<program> server;
    std::uint16_t port = 0;
};
INSTANTIATE_TEST_SUITE_P(each, drain, testing::ValuesIn(variants()),
                         [](const auto& each) { return each.param.name; });

struct tally {
    std::size_t answered = 0;
    std::size_t broken = 0;  // begun and not answered, or not in full
};

// Asks again and again, on new connections, until there is no server. A 100 tells that the request has been
// read in part; from then on its reply is owed.
tally ask_until_gone(std::uint16_t port, std::atomic<std::size_t>& answered) {
    tally counted;
    while (true) {
        client one;
        if (!one.connect(port)) return counted;
        one.send(get_request("/task?wait_ms=2", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
        if (one.receive().status != 100) continue;  // it was not read, or the server is at its end
        one.send("hello");
        const bool whole = one.receive().body == R"({"result":"Task Complete!"})";
        ++(whole ? counted.answered : counted.broken);
        ++answered;
    }
}

// Asks again and again on one connection as long as it is kept.
tally ask_on_kept_until_gone(std::uint16_t port, std::atomic<std::size_t>& answered) {
    tally counted;
    while (true) {
        client one;
        if (!one.connect(port)) return counted;
        while (true) {
            const received_reply reply = one.get("/ping");
            if (reply.status == 0) {
                counted.broken += reply.cut_short ? 1U : 0U;
                break;
            }
            ++(reply.body == R"({"result":"pong"})" ? counted.answered : counted.broken);
            ++answered;
            if (reply.headers.at("connection") == "close") break;
        }
    }
}

TEST_P(drain, under_load_answers_every_request_that_it_has_begun_to_read) {
    std::atomic<std::size_t> answered{0};
    std::vector<std::future<tally>> load;
    for (int i = 0; i < 8; ++i) {
        load.push_back(std::async(std::launch::async, [this, i, &answered] {
            return i % 2 == 0 ? ask_until_gone(port, answered) : ask_on_kept_until_gone(port, answered);
        }));
    }
    while (answered < 200) std::this_thread::yield();
    server->signal(SIGTERM);
    EXPECT_EQ(server->exit_code(), 0);
    expect_no_errors_but_of_late_comers();
    for (std::future<tally>& each : load) EXPECT_EQ(each.get().broken, 0U);
}

TEST_P(drain, waits_for_whom_it_owes_a_reply_and_for_nobody_else) {
    // As many as the smallest model serves at once.
    client owed(port);
    owed.send(get_request("/task?wait_ms=50", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
    ASSERT_EQ(owed.receive().status, 100U);
    std::vector<client> silent(20);
    for (client& each : silent) ASSERT_TRUE(each.connect(port));
    server->signal(SIGTERM);
    while (client().connect(port)) {
    }  // it drains
    owed.send("hello");
    EXPECT_EQ(owed.receive().status, 200U);
    EXPECT_TRUE(owed.at_end());
    EXPECT_EQ(server->exit_code(), 0);
    expect_no_errors_but_of_late_comers();
}

}  // namespace
}  // namespace servers::tests
