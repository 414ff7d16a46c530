// What every model does when it drains: what has arrived is answered, what comes too late is counted, and it
// takes only so long. Of whole programs, under load, it is in drain_test.cpp.
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "servers/tests/models.hpp"

namespace servers::tests {
namespace {

using std::chrono::milliseconds;

template <class Model>
class draining : public served<Model> {};
TYPED_TEST_SUITE(draining, models, model_names);

// Where connections are kept, as many as come.
template <class Model>
class keeping_draining : public served<Model> {};
TYPED_TEST_SUITE(keeping_draining, keeping_models, model_names);

TYPED_TEST(draining, draining_answers_a_request_of_which_it_has_read_a_part) {
    this->serve();
    client begun(this->port());
    begun.send(get_request("/ping", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
    ASSERT_EQ(begun.receive().status, 100U);  // so it has been read

    std::future<bool> drained = std::async(std::launch::async, [this] { return this->drain(); });
    while (client().connect(this->port())) {
    }  // nothing new is accepted: it drains
    EXPECT_TRUE(begun.send("hello"));
    const received_reply reply = begun.receive();
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.headers.at("connection"), "close");
    EXPECT_TRUE(begun.at_end());
    EXPECT_TRUE(drained.get());
}

TYPED_TEST(draining, draining_ends_connections_that_ask_nothing) {
    this->serve();
    client silent(this->port());
    if constexpr (TypeParam::keeps_open) {
        EXPECT_EQ(silent.get("/ping").status, 200U);
    }
    EXPECT_TRUE(this->drain());
    EXPECT_FALSE(silent.get("/ping").status == 200U);
}

// As many as the kernel holds for a server that has not begun to accept; it drains as soon as it could.
TYPED_TEST(draining, draining_answers_what_lies_whole_in_the_accept_queue) {
    this->listen();
    std::vector<client> early(50);
    for (client& each : early) {
        ASSERT_TRUE(each.connect(this->port()));
        ASSERT_TRUE(each.send(get_request("/task?wait_ms=1", "Connection: close\r\n")));
    }
    this->start();
    std::future<bool> drained = std::async(std::launch::async, [this] { return this->drain(); });
    for (client& each : early) EXPECT_EQ(each.receive().status, 200U);
    EXPECT_TRUE(drained.get());
}

TYPED_TEST(keeping_draining, draining_answers_what_lies_whole_in_the_sockets_of_kept_connections) {
    this->serve();
    std::vector<client> kept;
    for (int i = 0; i < 50; ++i) {
        kept.emplace_back(this->port());
        ASSERT_EQ(kept.back().get("/ping").status, 200U);
    }
    for (client& each : kept) ASSERT_TRUE(each.send(get_request("/ping")));
    std::future<bool> drained = std::async(std::launch::async, [this] { return this->drain(); });
    for (client& each : kept) EXPECT_EQ(each.receive().status, 200U);
    kept.clear();
    EXPECT_TRUE(drained.get());
}

// More than a server reads at a time, so that most of them are still in the socket when it drains.
TYPED_TEST(keeping_draining, draining_answers_all_that_was_sent_together) {
    this->serve();
    constexpr std::size_t requests = 2000;
    client one(this->port());
    ASSERT_EQ(one.get("/task?wait_ms=1").status, 200U);
    std::string many;
    for (std::size_t i = 0; i < requests; ++i) many += get_request("/ping");
    std::future<bool> sent = std::async(std::launch::async, [&one, &many] { return one.send(many); });
    std::size_t answered = 0;
    if (one.receive().status == 200) ++answered;
    ASSERT_TRUE(sent.get());
    std::future<bool> drained = std::async(std::launch::async, [this] { return this->drain(); });
    while (answered < requests) {
        const received_reply reply = one.receive();
        if (reply.status != 200) break;
        ++answered;
    }
    EXPECT_EQ(answered, requests);
    one.reset();
    EXPECT_TRUE(drained.get());
}

TYPED_TEST(keeping_draining, draining_counts_what_comes_too_late) {
    this->chosen.linger_timeout = std::chrono::seconds(10);
    this->serve();
    client late(this->port());
    client silent(this->port());
    ASSERT_EQ(late.get("/ping").status, 200U);
    ASSERT_EQ(silent.get("/ping").status, 200U);
    std::future<bool> drained = std::async(std::launch::async, [this] { return this->drain(); });
    EXPECT_TRUE(late.at_end());
    EXPECT_TRUE(silent.at_end());
    EXPECT_TRUE(late.send(get_request("/ping")));
    late.finish_sending();
    silent.finish_sending();
    EXPECT_TRUE(drained.get());
    EXPECT_EQ(this->drained_unanswered(), 1U);
}

TYPED_TEST(draining, draining_takes_only_so_long) {
    this->chosen.drain_timeout = milliseconds(30);
    this->serve();
    client begun(this->port());
    begun.send(get_request("/ping", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
    ASSERT_EQ(begun.receive().status, 100U);
    EXPECT_FALSE(this->drain());
    begun.reset();
    this->destroy();
}

}  // namespace
}  // namespace servers::tests
