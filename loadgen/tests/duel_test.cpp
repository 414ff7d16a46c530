// Two servers in turn: what stays open between slices, who is loaded when, and what is summed up.
#include "loadgen/duel.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <limits>
#include <thread>

#include "loadgen/tests/small_duel.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using namespace tests;

TEST(duel, connections_to_both_stay_open_from_slice_to_slice) {
    const scripted_server baseline(answer_ok), candidate(answer_ok);
    const auto duel = run_uninterrupted(duel_of(baseline.endpoint(), candidate.endpoint()));
    EXPECT_EQ(duel.slices.size(), 16U);
    EXPECT_EQ(baseline.connections(), static_cast<int>(connections));
    EXPECT_EQ(candidate.connections(), static_cast<int>(connections));
}

TEST(duel, several_threads_share_the_connections_that_stay) {
    const scripted_server baseline(answer_ok), candidate(answer_ok);
    auto asked = duel_of(baseline.endpoint(), candidate.endpoint());
    for (auto& side : asked.of_side) side.threads = 2;
    const auto duel = run_uninterrupted(asked);
    EXPECT_EQ(duel.slices.size(), 16U);
    EXPECT_EQ(baseline.connections(), static_cast<int>(connections));
}

TEST(duel, a_connection_that_the_server_closes_meanwhile_is_replaced) {
    const scripted_server baseline(answer_ok), candidate([](socket&peer) {
        for (int i = 0; i < 20 && read_request(peer); ++i) send(peer, ok_reply);
    });
    auto asked = duel_of(baseline.endpoint(), candidate.endpoint());
    for (auto& side : asked.of_side) side.connections = 1;
    const auto duel = run_uninterrupted(asked);
    EXPECT_GT(candidate.connections(), 1);
    for (const auto& s : duel.slices) EXPECT_GT(s.run.outcomes[index_of(outcome::ok)], 0U) << s.number;
}

TEST(duel, fresh_connections_are_opened_when_due_in_every_slice) {
    const scripted_server baseline([](socket& peer) {
        if (read_request(peer)) send(peer, ok_reply);
    });
    const scripted_server candidate(answer_ok);
    const auto duel =
        run_uninterrupted(duel_of(baseline.endpoint(), candidate.endpoint(), connection_mode::fresh));
    std::uint64_t requests = 0;
    for (const auto& s : duel.slices)
        if (s.run.keys.variant == "baseline") requests += s.run.requests;
    EXPECT_EQ(static_cast<std::uint64_t>(baseline.connections()), requests);
}

TEST(duel, only_one_side_is_loaded_at_a_time) {
    std::array<std::atomic<int>, sides> open{};
    std::atomic<bool> overlapped = false;
    const auto script_of = [&](std::size_t side) {
        return [&, side](socket& peer) {
            while (read_request(peer)) {
                ++open.at(side);
                if (open.at(1 - side) > 0) overlapped = true;
                std::this_thread::yield();
                --open.at(side);
                send(peer, ok_reply);
            }
        };
    };
    const scripted_server baseline(script_of(0)), candidate(script_of(1));
    run_uninterrupted(duel_of(baseline.endpoint(), candidate.endpoint()));
    EXPECT_FALSE(overlapped);
}

TEST(duel, slices_come_in_fours_of_the_seeded_orders) {
    const scripted_server baseline(answer_ok), candidate(answer_ok);
    auto asked = duel_of(baseline.endpoint(), candidate.endpoint());
    asked.seed = 3;
    const auto duel = run_uninterrupted(asked);
    const auto orders = random_orders(4, 3);
    ASSERT_EQ(duel.slices.size(), 16U);
    for (std::size_t i = 0; i < duel.slices.size(); ++i) {
        const auto& s = duel.slices[i];
        EXPECT_EQ(s.number, i + 1);
        EXPECT_EQ(s.four, i / 4 + 1);
        EXPECT_EQ(s.position, i % 4 + 1);
        EXPECT_EQ(s.order, orders[i / 4]);
        EXPECT_EQ(s.run.keys.variant, side_names.at(side_at(orders[i / 4], i % 4)));
    }
}

TEST(duel, a_slice_ends_with_its_last_reply_and_its_rate_is_over_that) {
    const scripted_server baseline(answer_ok), candidate([](socket&peer) {
        while (read_request(peer)) {
            std::this_thread::sleep_for(12ms);  // the work of this server, longer than a slice
            send(peer, ok_reply);
        }
    });
    const auto duel = run_uninterrupted(duel_of(baseline.endpoint(), candidate.endpoint()));
    for (const auto& s : duel.slices) {
        EXPECT_GE(s.run.duration_s, s.run.keys.variant == "candidate" ? 0.012 : 0.005);
        EXPECT_DOUBLE_EQ(s.run.throughput_rps * s.run.duration_s,
                         static_cast<double>(s.run.outcomes[index_of(outcome::ok)]));
        EXPECT_EQ(s.run.outcomes[index_of(outcome::unfinished)], 0U);
    }
}

TEST(duel, a_slice_of_an_open_loop_lasts_at_least_as_long_as_asked) {
    const scripted_server baseline(answer_ok), candidate(answer_ok);
    auto asked = duel_of(baseline.endpoint(), candidate.endpoint());
    for (auto& side : asked.of_side) {
        side.load.arrivals = arrivals::constant;
        side.load.rate = 400;  // at 0 and 2.5 ms of 5
    }
    const auto duel = run_uninterrupted(asked);
    for (const auto& s : duel.slices) {
        EXPECT_EQ(s.run.requests, 2U);
        EXPECT_GE(s.run.duration_s, 0.005);
    }
    EXPECT_TRUE(duel.of_side[0].achieved_over_offered);
}

TEST(duel, slices_are_lengthened_for_a_slow_server_and_there_are_two_fours_whatever_that_takes) {
    const scripted_server baseline(answer_ok), candidate([](socket&peer) {
        while (read_request(peer)) {
            std::this_thread::sleep_for(3ms);
            send(peer, ok_reply);
        }
    });
    auto asked = duel_of(baseline.endpoint(), candidate.endpoint());
    asked.warm_up = 20ms;
    const auto duel = run_uninterrupted(asked);
    EXPECT_GE(duel.slice_length, 60ms);
    EXPECT_EQ(duel.slices.size(), 8U);
}

TEST(duel, a_side_that_fails_one_in_five_shows_in_its_outcomes_and_the_other_does_not) {
    std::atomic<std::uint64_t> served = 0;
    const scripted_server baseline(answer_ok), candidate([&](socket&peer) {
        while (read_request(peer))
            send(peer, ++served % 5 == 0 ? "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n" : ok_reply);
    });
    const auto duel = run_uninterrupted(duel_of(baseline.endpoint(), candidate.endpoint()));
    std::uint64_t errors = 0;
    for (const auto& s : duel.slices) {
        const auto failed = s.run.outcomes[index_of(outcome::http_error)];
        EXPECT_TRUE(failed == 0 || s.run.keys.variant == "candidate");
        errors += failed;
    }
    EXPECT_EQ(errors, served / 5);
    EXPECT_EQ(exit_code_of(duel, false), 0);
}

TEST(duel, each_side_is_the_sum_of_the_slices_that_were_used_or_of_all_where_none_was) {
    const scripted_server baseline(answer_ok), candidate(answer_ok);
    const auto duel = run_uninterrupted(duel_of(baseline.endpoint(), candidate.endpoint()));
    for (std::size_t side = 0; side < sides; ++side) {
        std::uint64_t requests = 0;
        double seconds = 0;
        for (const auto& s : duel.slices)
            if (s.run.keys.variant == side_names.at(side) && (s.used || duel.fours_used == 0)) {
                requests += s.run.requests;
                seconds += s.run.duration_s;
            }
        const auto& row = duel.of_side.at(side);
        EXPECT_EQ(row.keys.variant, side_names.at(side));
        EXPECT_EQ(row.requests, requests);
        EXPECT_NEAR(row.duration_s, seconds, 1e-9);
        EXPECT_EQ(duel.measured.at(side).record()->all_classes().latency.count(), requests);
        EXPECT_EQ(row.verdict == "valid", 2 * duel.fours_used >= duel.fours) << row.reasons;
    }
}

TEST(duel, a_four_is_used_only_if_it_is_whole_and_all_of_it_valid) {
    std::vector<slice> four(4);
    for (auto& s : four) s.run.verdict = "valid";
    EXPECT_TRUE(is_usable(four));
    EXPECT_FALSE(is_usable(std::span(four).first(3)));
    for (auto& s : four) {
        s.run.verdict = "invalid";
        EXPECT_FALSE(is_usable(four));
        s.run.verdict = "valid";
    }
}

TEST(duel, the_warm_up_of_each_side_is_not_counted) {
    std::atomic<std::uint64_t> served = 0;
    const scripted_server baseline(answer_ok), candidate([&](socket&peer) {
        while (read_request(peer)) {
            ++served;
            send(peer, ok_reply);
        }
    });
    auto asked = duel_of(baseline.endpoint(), candidate.endpoint());
    asked.warm_up = 10ms;
    const auto duel = run_uninterrupted(asked);
    std::uint64_t requests = 0;
    for (const auto& s : duel.slices)
        if (s.run.keys.variant == "candidate") requests += s.run.requests;
    EXPECT_GT(served, requests);
}

TEST(duel, the_cpu_of_each_side_is_read_at_the_edges_of_its_slices) {
    const scripted_server baseline(answer_ok), candidate(answer_ok);
    auto asked = duel_of(baseline.endpoint(), candidate.endpoint());
    asked.of_side[1].server_pid = ::getpid();
    const auto duel = run_uninterrupted(asked);
    EXPECT_FALSE(duel.of_side[0].server_cpu_us_per_request);
    EXPECT_GT(duel.of_side[1].server_cpu_us_per_request.value(), 0);
    EXPECT_GT(duel.of_side[1].server_utilisation.value(), 0);
}

TEST(duel, a_process_that_is_not_there_is_named_by_its_flag) {
    const scripted_server alive(answer_ok);
    auto asked = duel_of(alive.endpoint(), alive.endpoint());
    asked.of_side[1].server_pid = std::numeric_limits<pid_t>::max();
    try {
        run_uninterrupted(asked);
        FAIL() << "expected an error";
    } catch (const std::runtime_error& fault) {
        EXPECT_TRUE(std::string(fault.what()).starts_with("--versus-pid 2147483647")) << fault.what();
    }
}

TEST(duel, text_has_both_sides_beside_each_other_and_their_ratio) {
    duel_result duel;
    duel.of_side[0].throughput_rps = 1000;
    duel.of_side[1].throughput_rps = 990;
    duel.of_side[0].verdict = "valid";
    const auto text = text_of(duel);
    EXPECT_NE(text.find("1000.0 ok/s     990.0 ok/s         0.9900\n"), std::string::npos) << text;
    EXPECT_NE(text.find("server CPU                -              -              -\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("verdict       valid\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace loadgen
