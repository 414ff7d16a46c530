// What every model promises to a client. Each test runs against all of them.
#include <fmt/format.h>

#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "servers/tests/models.hpp"

namespace servers::tests {
namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

template <class Model>
class contract : public served<Model> {};
TYPED_TEST_SUITE(contract, models_and_cancelling, model_names);

constexpr std::string_view task_body = R"({"result":"Task Complete!"})";

TYPED_TEST(contract, answers_every_route) {
    this->serve();
    EXPECT_EQ(client(this->port()).get("/ping").body, R"({"result":"pong"})");
    EXPECT_EQ(client(this->port()).get("/health").body, R"({"status":"ok"})");
    EXPECT_EQ(client(this->port()).get("/task").body, task_body);
    const received_reply reply = client(this->port()).get("/task?wait_ms=1&block_ms=1&cpu_ms=1");
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.body, task_body);
    EXPECT_EQ(reply.headers.at("content-type"), "application/json");

    // A reply is counted once it is written, when another thread may already be telling the count to the
    // client that has read it; and each time of asking is a reply more.
    const auto patience = clock::now() + std::chrono::seconds(10);
    unsigned replies = 4;
    while (this->stats().find(fmt::format(R"("replies_2xx":{},)", replies)) == std::string::npos) {
        ASSERT_LT(clock::now(), patience) << replies;
        ++replies;
    }
}

TYPED_TEST(contract, takes_targets_in_absolute_form) {
    this->serve();
    EXPECT_EQ(client(this->port()).get("http://localhost/task?wait_ms=1").body, task_body);
}

TYPED_TEST(contract, answers_head_with_the_headers_of_get_alone) {
    this->serve();
    client one(this->port());
    one.send("HEAD /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const received_reply reply = one.receive(true);
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.headers.at("content-length"), "17");
    EXPECT_TRUE(one.at_end());
}

TYPED_TEST(contract, names_the_fault) {
    this->serve();
    EXPECT_EQ(client(this->port()).get("/task?wait_ms=soon").status, 400U);
    EXPECT_EQ(client(this->port()).get("/task?wiat_ms=1").body,
              R"({"error":"unknown parameter 'wiat_ms'; known are wait_ms, block_ms, cpu_ms, bytes"})");
    EXPECT_EQ(client(this->port()).get("/\xff").status, 400U);
    EXPECT_EQ(client(this->port()).get("/elsewhere").status, 404U);

    client poster(this->port());
    poster.send("POST /task HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}");
    const received_reply refused = poster.receive();
    EXPECT_EQ(refused.status, 405U);
    EXPECT_EQ(refused.headers.at("allow"), "GET, HEAD");

    client brewer(this->port());
    brewer.send("BREW /task HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(brewer.receive().status, 501U);
}

TYPED_TEST(contract, keeps_a_connection_or_closes_it_after_one_reply) {
    this->serve();
    client one(this->port());
    const received_reply first = one.get("/ping");
    EXPECT_EQ(first.status, 200U);
    if constexpr (TypeParam::keeps_open) {
        EXPECT_EQ(first.headers.at("connection"), "keep-alive");
        EXPECT_EQ(one.get("/task").body, task_body);
        EXPECT_EQ(one.get("/elsewhere").status, 404U);
        EXPECT_EQ(one.get("/ping").status, 200U);
    } else {
        EXPECT_EQ(first.headers.at("connection"), "close");
        EXPECT_TRUE(one.at_end());
    }
}

TYPED_TEST(contract, closes_when_the_client_asks_for_it) {
    this->serve();
    client one(this->port());
    one.send(get_request("/ping", "Connection: close\r\n"));
    EXPECT_EQ(one.receive().headers.at("connection"), "close");
    EXPECT_TRUE(one.at_end());

    client old(this->port());
    old.send("GET /ping HTTP/1.0\r\n\r\n");
    EXPECT_EQ(old.receive().headers.at("connection"), "close");
    EXPECT_TRUE(old.at_end());
}

TYPED_TEST(contract, waits_as_long_as_it_is_asked_to) {
    this->serve();
    for (const std::string_view part : {"wait_ms", "block_ms", "cpu_ms"}) {
        const auto begin = clock::now();
        EXPECT_EQ(client(this->port()).get(fmt::format("/task?{}=30", part)).status, 200U);
        EXPECT_GE(clock::now() - begin, milliseconds(30)) << part;
    }
}

TYPED_TEST(contract, serves_at_once_as_many_as_its_model_can) {
    this->serve();
    const std::size_t requests = TypeParam::at_once == unbounded ? 100 : 3 * TypeParam::at_once;
    const milliseconds wait(100);
    const auto begin = clock::now();
    std::vector<client> clients;
    for (std::size_t i = 0; i < requests; ++i) {
        clients.emplace_back(this->port());
        ASSERT_TRUE(clients.back().send(get_request("/task?wait_ms=100")));
    }
    for (client& each : clients) EXPECT_EQ(each.receive().body, task_body);
    const auto makespan = clock::now() - begin;
    if constexpr (TypeParam::at_once == unbounded) {
        EXPECT_LT(makespan, 50 * wait);  // one after the other it would be 100
    } else {
        EXPECT_GE(makespan, 3 * wait);
    }
}

TYPED_TEST(contract, answers_requests_sent_together_in_their_order) {
    this->serve();
    client one(this->port());
    one.send(get_request("/ping") + get_request("/task?wait_ms=1") + get_request("/elsewhere"));
    EXPECT_EQ(one.receive().body, R"({"result":"pong"})");
    if constexpr (TypeParam::keeps_open) {
        EXPECT_EQ(one.receive().body, task_body);
        EXPECT_EQ(one.receive().status, 404U);
    } else {
        EXPECT_TRUE(one.at_end());  // and not a reset, although more had been sent
    }
}

TYPED_TEST(contract, reads_and_drops_a_body) {
    this->serve();
    client counted(this->port());
    counted.send(get_request("/ping", "Content-Length: 5\r\n") + "hello");
    EXPECT_EQ(counted.receive().status, 200U);
    client chunked(this->port());
    chunked.send(get_request("/ping", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n\r\n");
    EXPECT_EQ(chunked.receive().status, 200U);
}

TYPED_TEST(contract, tells_a_client_that_waits_for_it_to_go_on) {
    this->serve();
    client one(this->port());
    one.send(get_request("/ping", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
    EXPECT_EQ(one.receive().status, 100U);
    one.send("hello");
    EXPECT_EQ(one.receive().status, 200U);
}

TYPED_TEST(contract, counts_each_time_that_it_told_a_client_to_go_on) {
    this->serve();
    for (int i = 0; i < 3; ++i) {
        client one(this->port());
        one.send(get_request("/ping", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
        EXPECT_EQ(one.receive().status, 100U);
        one.send("hello");
        EXPECT_EQ(one.receive().status, 200U);
    }
    EXPECT_NE(this->stats().find(R"("replies_1xx":3,)"), std::string::npos) << this->stats();
}

TYPED_TEST(contract, dates_every_reply) {
    this->serve();
    for (const std::string& bytes :
         {get_request("/ping"), get_request("/elsewhere"), get_request("/task?wait_ms=1"),
          get_request("/task?x=y"), get_request("/stats"), std::string("nonsense\r\n\r\n"),
          get_request("/ping", "Content-Length: 9999999\r\n"),
          std::string("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"), std::string("GET / HTTP/2.0\r\n\r\n")}) {
        client one(this->port());
        one.send(bytes);
        const received_reply reply = one.receive();
        ASSERT_TRUE(reply.headers.contains("date")) << bytes;
        EXPECT_TRUE(reply.headers.at("date").ends_with(" GMT")) << bytes;
        EXPECT_EQ(reply.headers.at("date").size(), 29U) << bytes;
    }
}

TYPED_TEST(contract, tells_what_methods_it_has) {
    this->serve();
    client one(this->port());
    one.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const received_reply reply = one.receive();
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.headers.at("allow"), "GET, HEAD, OPTIONS");
}

TYPED_TEST(contract, answers_a_client_that_has_closed_its_end) {
    if (TypeParam::cancels) GTEST_SKIP() << "takes such a client to have gone: abandon_test.cpp";
    this->serve();
    client one(this->port());
    one.send(get_request("/task?wait_ms=10"));
    one.finish_sending();
    EXPECT_EQ(one.receive().body, task_body);
    EXPECT_TRUE(one.at_end());
}

TYPED_TEST(contract, outlives_clients_that_leave) {
    this->serve();
    for (int i = 0; i < 20; ++i) {
        client resetting(this->port());
        resetting.send(get_request("/task?wait_ms=5"));
        resetting.reset();
        client leaving(this->port());
        leaving.send(get_request("/task?wait_ms=5"));
        client halfway(this->port());
        halfway.send("GET /ta");
    }
    EXPECT_EQ(client(this->port()).get("/ping").status, 200U);
}

TYPED_TEST(contract, refuses_what_is_no_request) {
    this->serve();
    using namespace std::string_literals;
    for (const std::string& bytes :
         {"nonsense\r\n\r\n"s, "GET\r\n\r\n"s, "GET /ping HTTP\r\nHost: x\r\n\r\n"s,
          "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"s, "GET /ping HTTP/1.1\r\n\r\n"s,
          "GET /ping HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n"s}) {
        client one(this->port());
        one.send(bytes);
        const received_reply reply = one.receive();
        EXPECT_EQ(reply.status, 400U) << bytes;
        EXPECT_TRUE(reply.body.starts_with(R"({"error":")")) << reply.body;
        EXPECT_TRUE(one.at_end()) << bytes;
    }
}

TYPED_TEST(contract, refuses_what_two_servers_could_read_differently) {
    this->serve();
    client both(this->port());
    both.send(get_request("/ping", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") +
              "0\r\n\r\nGET /task HTTP/1.1\r\n");
    EXPECT_EQ(both.receive().status, 400U);
    EXPECT_TRUE(both.at_end());
    client twice(this->port());
    twice.send(get_request("/ping", "Content-Length: 5\r\nContent-Length: 5\r\n") + "hello");
    EXPECT_EQ(twice.receive().status, 400U);
    client unknown(this->port());
    unknown.send(get_request("/ping", "Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n");
    EXPECT_EQ(unknown.receive().status, 501U);
}

// Of those on event loops alone: the blocking ones have a thread for it anyway.
template <class Model>
class offload : public served<Model> {};
TYPED_TEST_SUITE(offload, offloading_models, model_names);

TYPED_TEST(offload, keeps_the_loop_free_for_others) {
    this->chosen.threads = 1;
    this->chosen.offload = 1;
    this->serve();
    client blocking(this->port());
    blocking.send(
        get_request("/task?block_ms=300&cpu_ms=1", "Expect: 100-continue\r\nContent-Length: 1\r\n"));
    ASSERT_EQ(blocking.receive().status, 100U);
    blocking.send("x");
    client other(this->port());
    for (int i = 0; i < 10; ++i) EXPECT_EQ(other.get("/ping").status, 200U);
    EXPECT_FALSE(blocking.readable_within(milliseconds(0)));
    EXPECT_EQ(blocking.receive().body, task_body);
}

TYPED_TEST(offload, is_waited_for_by_a_drain) {
    this->chosen.offload = 1;
    this->serve();
    std::vector<client> clients;
    clients.reserve(3);
    for (int i = 0; i < 3; ++i) {
        clients.emplace_back(this->port());
        clients.back().send(
            get_request("/task?block_ms=30", "Expect: 100-continue\r\nContent-Length: 1\r\n"));
        ASSERT_EQ(clients.back().receive().status, 100U);
        clients.back().send("x");
    }
    std::future<bool> drained = std::async(std::launch::async, [this] { return this->drain(); });
    for (client& each : clients) EXPECT_EQ(each.receive().body, task_body);
    clients.clear();
    EXPECT_TRUE(drained.get());
}

}  // namespace
}  // namespace servers::tests
