// Clients that are slow, leave halfway, or never stop: what each gets from every model, and that the others
// are served meanwhile and afterwards.
#include <fmt/format.h>

#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "servers/tests/models.hpp"

namespace servers::tests {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

// A limit that no test reaches: what takes as long fails, because its client has no such patience.
constexpr milliseconds never = std::chrono::hours(1);

template <class Model>
class clients : public served<Model> {
protected:
    // Waits until nobody is connected but the one who asks.
    void expect_nobody_left() const {
        const auto patience = std::chrono::steady_clock::now() + 10s;
        std::string told;
        while ((told = this->stats()).find(R"("connections_open":1,)") == std::string::npos) {
            ASSERT_LT(std::chrono::steady_clock::now(), patience) << told;
        }
        EXPECT_NE(told.find(R"("failures":0)"), std::string::npos) << told;
    }
};
TYPED_TEST_SUITE(clients, models_and_cancelling, model_names);

// Where connections are kept, as many as come.
template <class Model>
class keeping_clients : public clients<Model> {};
TYPED_TEST_SUITE(keeping_clients, keeping_models, model_names);

// Where nobody's slowness holds what another needs.
template <class Model>
class unbounded_clients : public clients<Model> {};
TYPED_TEST_SUITE(unbounded_clients, unbounded_models, model_names);

// Sends `start` and then `byte` again and again, each in time, all of them not.
unsigned status_of_trickle(std::uint16_t port, std::string_view start, std::string_view byte) {
    client one(port);
    one.send(start);
    while (!one.readable_within(5ms) && one.send(byte)) {
    }
    return one.receive().status;
}

TYPED_TEST(clients, that_send_byte_by_byte_are_told_408_in_time) {
    this->chosen.read_timeout = 60ms;
    this->serve();
    const std::string chunked = get_request("/ping", "Transfer-Encoding: chunked\r\n");
    EXPECT_EQ(status_of_trickle(this->port(), "", "G"), 408U);
    EXPECT_EQ(status_of_trickle(this->port(), "GET /ping HTTP/1.1\r\n", "X"), 408U);
    EXPECT_EQ(status_of_trickle(this->port(), get_request("/ping", "Content-Length: 5000\r\n"), "x"), 408U);
    EXPECT_EQ(status_of_trickle(this->port(), chunked, "1\r\nx\r\n"), 408U);
    EXPECT_EQ(status_of_trickle(this->port(), chunked + "1;", "x"), 408U);
    EXPECT_EQ(status_of_trickle(this->port(), chunked + "0\r\n", "X: y\r\n"), 408U);
}

TYPED_TEST(clients, that_ask_to_be_told_to_go_on_and_do_not_are_told_408) {
    this->chosen.read_timeout = 60ms;
    this->serve();
    client one(this->port());
    one.send(get_request("/ping", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
    EXPECT_EQ(one.receive().status, 100U);
    EXPECT_EQ(one.receive().status, 408U);
    EXPECT_TRUE(one.at_end());
}

TYPED_TEST(clients, that_all_begin_and_do_not_go_on_are_all_told_408) {
    this->chosen.read_timeout = 60ms;
    this->serve();
    std::vector<client> slow;
    for (int i = 0; i < 10; ++i) {
        slow.emplace_back(this->port());
        slow.back().send("GET /ping HTTP/1.1\r\nX-Slow: ");
    }
    for (client& each : slow) {
        EXPECT_EQ(each.receive().status, 408U);
        EXPECT_TRUE(each.at_end());
        each.reset();
    }
    this->expect_nobody_left();
}

TYPED_TEST(unbounded_clients, that_all_begin_and_do_not_go_on_keep_nobody_else_waiting) {
    this->chosen.read_timeout = never;
    this->serve();
    std::vector<client> slow;
    for (int i = 0; i < 100; ++i) {
        slow.emplace_back(this->port());
        slow.back().send("GET /ping HTTP/1.1\r\nX-Slow: ");
    }
    EXPECT_EQ(client(this->port()).get("/task?wait_ms=1").status, 200U);
    for (client& each : slow) each.send("x\r\nHost: x\r\n\r\n");
    for (client& each : slow) EXPECT_EQ(each.receive().status, 200U);
}

TYPED_TEST(keeping_clients, that_begin_their_next_request_early_have_as_long_for_it_as_for_the_first) {
    this->chosen.read_timeout = 60ms;
    this->chosen.idle_timeout = never;
    this->serve();
    client one(this->port());
    one.send(get_request("/ping") + "GET /ping HTTP/1.1\r\n");
    EXPECT_EQ(one.receive().status, 200U);
    EXPECT_EQ(one.receive().status, 408U);
    EXPECT_TRUE(one.at_end());
}

TYPED_TEST(keeping_clients, that_read_late_get_every_reply) {
    this->serve();
    constexpr int requests = 20'000;  // whose replies no buffer holds
    client one(this->port());
    const auto sent = std::async(std::launch::async, [&one] {
        for (int i = 0; i < requests; ++i) one.send(get_request("/ping"));
    });
    int answered = 0;
    while (answered < requests && one.receive().status == 200) ++answered;
    EXPECT_EQ(answered, requests);
}

TYPED_TEST(clients, that_close_their_end_within_a_request_are_let_go_at_once) {
    this->chosen.read_timeout = never;
    this->serve();
    for (const std::string& part :
         {std::string(), std::string("GET /pi"), get_request("/ping", "Content-Length: 5\r\n") + "hel",
          get_request("/ping", "Transfer-Encoding: chunked\r\n") + "5\r\nhel"}) {
        SCOPED_TRACE(part);
        client one(this->port());
        one.send(part);
        one.finish_sending();
        EXPECT_TRUE(one.at_end());
    }
    this->expect_nobody_left();
}

TYPED_TEST(clients, that_reset_at_any_time_leave_nothing_behind) {
    this->chosen.read_timeout = never;
    this->serve();
    for (int i = 0; i < 10; ++i) {
        for (const std::string& part :
             {std::string(), std::string("GET /pi"), get_request("/ping"), get_request("/task?wait_ms=5"),
              get_request("/ping", "Content-Length: 5\r\n") + "hel",
              get_request("/ping", "Expect: 100-continue\r\nContent-Length: 5\r\n"),
              std::string("nonsense\r\n\r\n"), get_request("/ping") + get_request("/ping") + "GET /pi"}) {
            client one(this->port());
            one.send(part);
            one.reset();
        }
    }
    this->expect_nobody_left();
}

TYPED_TEST(clients, that_go_on_sending_after_their_refusal_are_cut_off) {
    this->chosen.linger_timeout = 60ms;
    this->serve();
    client one(this->port());
    one.send("nonsense\r\n\r\n");
    EXPECT_EQ(one.receive().status, 400U);
    EXPECT_TRUE(one.send_until_cut_off(std::string(1000, 'x')));
    EXPECT_EQ(client(this->port()).get("/ping").status, 200U);
}

TYPED_TEST(clients, of_http_1_0_are_kept_when_they_ask_for_it) {
    this->serve();
    client one(this->port());
    one.send("GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const received_reply reply = one.receive();
    EXPECT_EQ(reply.status, 200U);
    if constexpr (TypeParam::keeps_open) {
        EXPECT_EQ(reply.headers.at("connection"), "keep-alive");
        EXPECT_EQ(one.get("/ping").status, 200U);
    } else {
        EXPECT_EQ(reply.headers.at("connection"), "close");
        EXPECT_TRUE(one.at_end());
    }
}

TYPED_TEST(clients, of_http_1_0_are_not_told_to_go_on) {
    this->serve();
    client one(this->port());
    one.send("GET /ping HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    one.send("hello");
    EXPECT_EQ(one.receive().status, 200U);
}

}  // namespace
}  // namespace servers::tests
