// What ends a duel before its time, and what is said then.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <thread>

#include "loadgen/tests/small_duel.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using namespace tests;

TEST(duel, ends_when_a_side_goes_away_and_names_it) {
    const scripted_server baseline(answer_ok);
    auto candidate = std::make_unique<scripted_server>(answer_ok);
    auto asked = duel_of(baseline.endpoint(), candidate->endpoint());
    asked.length = 60s;
    std::jthread leaving([&] {
        while (candidate->connections() < 3) std::this_thread::yield();
        candidate.reset();
    });
    const auto duel = run_uninterrupted(asked);
    ASSERT_EQ(duel.lost_side, 1U);
    EXPECT_TRUE(lost_text(duel).starts_with("the candidate was lost: ")) << lost_text(duel);
    EXPECT_TRUE(duel.of_side[1].server_lost);
    EXPECT_FALSE(duel.of_side[0].server_lost);
    EXPECT_EQ(exit_code_of(duel, false), 4);
    EXPECT_EQ(exit_code_of(duel, true), 4);
}

TEST(duel, ends_when_a_side_was_never_there_or_replies_to_nothing) {
    const scripted_server alive(answer_ok), silent([](socket&peer) { wait_for_end(peer); });
    auto nobody = alive.endpoint();
    nobody.port(1);
    for (const auto mode : {connection_mode::kept, connection_mode::fresh}) {
        const auto duel = run_uninterrupted(duel_of(nobody, alive.endpoint(), mode));
        ASSERT_EQ(duel.lost_side, 0U);
        EXPECT_NE(duel.lost_reason.find("127.0.0.1:1"), std::string::npos) << duel.lost_reason;
        EXPECT_EQ(duel.of_side[0].requests, 0U);
        EXPECT_EQ(exit_code_of(duel, false), 4);
    }
    auto asked = duel_of(alive.endpoint(), silent.endpoint());
    for (auto& side : asked.of_side) side.drain = 10ms;
    EXPECT_EQ(run_uninterrupted(asked).lost_side, 1U);
}

TEST(duel, a_side_without_one_ok_is_a_failure_and_named) {
    const scripted_server baseline(answer_ok),
        candidate(reply_always("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"));
    const auto duel = run_uninterrupted(duel_of(baseline.endpoint(), candidate.endpoint()));
    EXPECT_EQ(duel.slices.size(), 16U);
    EXPECT_EQ(exit_code_of(duel, false), 4);
    EXPECT_TRUE(lost_text(duel).starts_with("candidate: not one request ended ok")) << lost_text(duel);
}

TEST(duel, a_signal_ends_the_slice_and_what_was_measured_stays) {
    std::atomic<int> served = 0;
    const scripted_server baseline([&](socket& peer) {
        while (read_request(peer)) {
            if (++served == 200) ::kill(::getpid(), SIGINT);
            send(peer, ok_reply);
        }
    });
    const scripted_server candidate(answer_ok);
    auto asked = duel_of(baseline.endpoint(), candidate.endpoint());
    asked.length = 60s;
    const auto duel = run_uninterrupted(asked);
    EXPECT_TRUE(duel.was_interrupted);
    EXPECT_FALSE(duel.lost_side);
    EXPECT_FALSE(duel.slices.empty());
    EXPECT_NE(duel.of_side[0].reasons.find("interrupted"), std::string::npos);
    EXPECT_EQ(exit_code_of(duel, true), 130);
}

}  // namespace
}  // namespace loadgen
