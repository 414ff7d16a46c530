// Memory that runs out at any one place: it costs no more than what needed it, and whatever a server cannot
// do without, such as accepting and keeping its limits of time, goes on.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "servers/tests/allocations.hpp"
#include "servers/tests/models.hpp"

namespace servers::tests {
namespace {

using namespace std::chrono_literals;

template <class Model>
class memory : public served<Model> {
protected:
    // Lets each allocation fail in turn that comes of what `act` does with the server's port, as long as
    // there are that many; after each, others are served.
    template <class Act>
    void fail_each_while(Act act, int in_a_row = 1) {
        constexpr std::size_t more_than_there_are = 1000;
        std::size_t number = 0;
        for (bool failed = true; failed && number < more_than_there_are; ++number) {
            {
                const failing_allocation one(number, in_a_row);
                act(this->port());
                failed = one.has_failed();
            }
            ASSERT_EQ(client(this->port()).get("/ping").status, 200U) << "after the failure of " << number;
        }
        EXPECT_GT(number, 3U);
        EXPECT_LT(number, more_than_there_are);
    }

    // Waits until nobody is connected but the one who asks: nothing that failed is counted as open.
    void expect_nobody_left() const {
        const auto patience = std::chrono::steady_clock::now() + 10s;
        std::string told;
        while ((told = this->stats()).find(R"("connections_open":1,)") == std::string::npos) {
            ASSERT_LT(std::chrono::steady_clock::now(), patience) << told;
        }
    }
};
TYPED_TEST_SUITE(memory, models_and_cancelling, model_names);

// Several in a row too, as Asio ends a coroutine that cannot begin to wait by posting what is left of it.
TYPED_TEST(memory, that_runs_out_anywhere_in_a_request_leaves_the_server_as_it_was) {
    SKIP_UNLESS_ALLOCATIONS_CAN_FAIL();
    for (const int in_a_row : {1, 2, 100}) {
        this->serve();
        const auto ask = [](std::uint16_t port) {
            client one(port);
            one.send(get_request("/task?wait_ms=1", "Expect: 100-continue\r\nContent-Length: 1\r\n"));
            if (one.receive().status == 100) one.send("x");
            one.receive();
            one.send(get_request("/elsewhere"));
            one.receive();
        };
        this->fail_each_while(ask, in_a_row);
        this->expect_nobody_left();
    }
}

// A reply of which the kernel takes a part only: whatever fails then, no second one is written into it.
TYPED_TEST(memory, that_runs_out_within_a_long_reply_cuts_it_off) {
    SKIP_UNLESS_ALLOCATIONS_CAN_FAIL();
    this->serve();
    this->fail_each_while([](std::uint16_t port) {
        client one(port);
        one.send(get_request("/task?bytes=8000000", "Connection: close\r\n"));
        EXPECT_EQ(one.receive_all().find("HTTP/1.1 ", 1), std::string::npos);
    });
    this->expect_nobody_left();
}

// Many at once, so that what runs out is somebody else's too, and so often that it is the loop's own as well.
TYPED_TEST(memory, that_runs_out_among_many_leaves_limits_of_time_kept) {
    SKIP_UNLESS_ALLOCATIONS_CAN_FAIL();
    this->chosen.read_timeout = 40ms;  // and the tick 10 ms
    this->chosen.linger_timeout = 40ms;
    this->serve();
    this->fail_each_while([](std::uint16_t port) {
        std::vector<client> crowd;
        for (int i = 0; i < 5; ++i) {
            crowd.emplace_back(port);
            crowd.back().send(get_request("/task?wait_ms=1"));
        }
        client silent(port);
        for (client& each : crowd) each.receive();
        EXPECT_TRUE(silent.readable_within(5s));
    });
    client silent(this->port());
    EXPECT_TRUE(silent.at_end());
    this->expect_nobody_left();
}

}  // namespace
}  // namespace servers::tests
