// Clients that leave within a wait: every model goes on waiting for nobody, except where it is told to
// notice. A drain shows which: it ends at once when nothing is awaited any more, and is too late for a wait
// that goes on.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "servers/tests/models.hpp"

namespace servers::tests {
namespace {

using namespace std::chrono_literals;

const std::string long_wait = get_request("/task?wait_ms=60000");

template <class Model>
class abandoned : public served<Model> {
protected:
    // The server has read all that was sent to it before, as it has answered what was sent after it.
    void catch_up() { EXPECT_EQ(client(this->port()).get("/ping").status, 200U); }
    // Until so many have left; who asks is there himself.
    void wait_until_left(unsigned count) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        const std::string wanted = "\"abandoned\":" + std::to_string(count) + ",";
        bool seen = false;
        while (!seen && std::chrono::steady_clock::now() < deadline)
            seen = this->stats().find(wanted) != std::string::npos;
        EXPECT_TRUE(seen) << this->stats();
    }
};

using cancelling = testing::Types<async_cancelling>;
TYPED_TEST_SUITE(abandoned, cancelling, model_names);

TYPED_TEST(abandoned, waits_end_when_the_client_closes) {
    this->serve();
    client(this->port()).send(long_wait);
    this->wait_until_left(1);
    EXPECT_TRUE(this->drain());
}

TYPED_TEST(abandoned, waits_end_when_the_client_closes_while_the_server_drains) {
    this->serve();
    client one(this->port());
    EXPECT_EQ(one.get("/ping").status, 200U);
    one.send(long_wait);
    one.finish_sending();
    EXPECT_TRUE(this->drain());
}

TYPED_TEST(abandoned, waits_end_when_the_client_resets_behind_a_pipelined_request) {
    this->serve();
    client one(this->port());
    EXPECT_EQ(one.get("/ping").status, 200U);
    one.send(long_wait);
    this->catch_up();
    one.send(get_request("/ping"));
    this->catch_up();
    one.reset();
    this->wait_until_left(1);
    EXPECT_TRUE(this->drain());
}

TYPED_TEST(abandoned, waits_of_a_client_that_ends_its_sending_are_taken_so_too) {
    this->serve();
    client one(this->port());
    one.send(long_wait);
    one.finish_sending();
    EXPECT_EQ(one.receive_all(), "");
}

TYPED_TEST(abandoned, is_nothing_that_takes_no_waiting) {
    this->serve();
    client one(this->port());
    one.send(get_request("/ping"));
    one.finish_sending();
    EXPECT_NE(one.receive_all().find("200 OK"), std::string::npos);
    EXPECT_NE(this->stats().find("\"abandoned\":0,"), std::string::npos);
}

// The second lies unread while the first is awaited, and hides the end that comes after it.
TYPED_TEST(abandoned, is_no_client_that_pipelines) {
    this->serve();
    client one(this->port());
    EXPECT_EQ(one.get("/ping").status, 200U);
    one.send(get_request("/task?wait_ms=100"));
    this->catch_up();
    one.send(get_request("/task?wait_ms=1"));
    EXPECT_EQ(one.receive().status, 200U);
    EXPECT_EQ(one.receive().status, 200U);
    EXPECT_EQ(one.get("/task?wait_ms=1").status, 200U);  // and so on, on the same connection
}

// What the watch was for is over once a limit of time has passed and the socket's waits are cancelled.
TYPED_TEST(abandoned, waits_are_noticed_after_the_limit_for_reading_too) {
    this->chosen.read_timeout = 50ms;
    this->serve();
    client one(this->port());
    one.send(long_wait);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(client(this->port()).get("/task?wait_ms=100").status, 200U);
    one.reset();
    this->wait_until_left(1);
}

}  // namespace
}  // namespace servers::tests
