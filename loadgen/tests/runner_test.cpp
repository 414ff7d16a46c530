// The generator against servers that misbehave in every way: each request has the outcome it deserves, and
// the run always ends.
#include "loadgen/runner.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <ctime>
#include <latch>

#include "loadgen/request_bytes.hpp"
#include "loadgen/tests/scripted_server.hpp"
#include "loadgen/tests/uninterrupted.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using namespace tests;

plan plan_for(const scripted_server& server, std::uint64_t requests, unsigned connections,
              connection_mode mode) {
    plan what;
    what.server = server.endpoint();
    request_class all{"all", 1, "/", {}};
    all.bytes = request_bytes(
        {.method = "GET", .host = "test", .headers = {}, .body = {}, .keep = mode == connection_mode::kept},
        "/");
    what.classes.push_back(all);
    what.load.requests = requests;
    what.connections = connections;
    what.mode = mode;
    what.timeout = 20s;
    what.rows_cap = 100'000;
    return what;
}

struct counts {
    std::uint64_t ok = 0, http_error = 0, connect_failed = 0, timed_out = 0, reset = 0, truncated = 0,
                  malformed = 0, unfinished = 0;
    bool operator==(const counts&) const = default;
};

std::ostream& operator<<(std::ostream& out, const counts& c) {
    return out << "ok " << c.ok << " http_error " << c.http_error << " connect_failed " << c.connect_failed
               << " timed_out " << c.timed_out << " reset " << c.reset << " truncated " << c.truncated
               << " malformed " << c.malformed << " unfinished " << c.unfinished;
}

counts outcomes(const measurement& m) {
    const auto n = [&](outcome which) { return m.record.count(which); };
    return {n(outcome::ok),    n(outcome::http_error), n(outcome::connect_failed), n(outcome::timed_out),
            n(outcome::reset), n(outcome::truncated),  n(outcome::malformed),      n(outcome::unfinished)};
}

class every_mode : public testing::TestWithParam<connection_mode> {};
INSTANTIATE_TEST_SUITE_P(runner, every_mode, testing::Values(connection_mode::fresh, connection_mode::kept),
                         [](const auto& of) {
                             return of.param == connection_mode::fresh ? "fresh" : "kept";
                         });

TEST_P(every_mode, counts_ok_replies_however_they_are_framed) {
    for (const std::string reply :
         {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 204 No Content\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
        scripted_server server(reply_always(reply));
        EXPECT_EQ(outcomes(run_uninterrupted(plan_for(server, 12, 3, GetParam()))), (counts{.ok = 12}))
            << reply;
    }
}

// That it did not sleep shows in what this process has used, that it was no work in what the generator says.
TEST_P(every_mode, busy_polling_uses_a_core_and_is_no_work) {
    constexpr auto wait = 100ms;
    scripted_server server([&](socket& peer) {
        while (read_request(peer)) {
            std::this_thread::sleep_for(wait);
            send(peer, ok_reply);
        }
    });
    auto what = plan_for(server, 2, 2, GetParam());
    what.busy_poll = true;
    const auto before = std::clock();
    const auto measured = run_uninterrupted(what);
    EXPECT_EQ(outcomes(measured), (counts{.ok = 2}));
    EXPECT_GT(std::clock() - before, CLOCKS_PER_SEC / 50);  // of the 100 ms, however little of a core it had
    EXPECT_LT(measured.generator_cpu, wait / 2);
    EXPECT_LT(measured.generator_utilisation.running, 0.5);
}

TEST_P(every_mode, a_reply_may_end_with_its_connection) {
    scripted_server server([](socket& peer) {
        if (read_request(peer)) send(peer, "HTTP/1.0 200 OK\r\n\r\nuntil the end");
    });
    EXPECT_EQ(outcomes(run_uninterrupted(plan_for(server, 8, 2, GetParam()))), (counts{.ok = 8}));
}

TEST_P(every_mode, a_reply_may_come_one_byte_at_a_time) {
    scripted_server server([](socket& peer) {
        peer.set_option(boost::asio::ip::tcp::no_delay(true));
        while (read_request(peer))
            for (const char byte : ok_reply) send(peer, {&byte, 1});
    });
    EXPECT_EQ(outcomes(run_uninterrupted(plan_for(server, 6, 2, GetParam()))), (counts{.ok = 6}));
}

TEST_P(every_mode, a_body_may_be_larger_than_any_buffer) {
    const std::string body(300'000, 'x');
    scripted_server server(reply_always("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + body));
    const auto measured = run_uninterrupted(plan_for(server, 4, 2, GetParam()));
    EXPECT_EQ(outcomes(measured), (counts{.ok = 4}));
    EXPECT_GT(measured.record.rows().front().reply_bytes, 300'000U);
}

TEST_P(every_mode, a_header_may_be_larger_than_any_buffer) {
    scripted_server server(
        reply_always("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: " + std::string(200'000, 'x') + "\r\n\r\n"));
    EXPECT_EQ(outcomes(run_uninterrupted(plan_for(server, 4, 2, GetParam()))), (counts{.ok = 4}));
}

TEST_P(every_mode, a_request_may_be_larger_than_any_buffer) {
    scripted_server server([](socket& peer) {
        std::vector<char> bytes(65536);
        boost::system::error_code fault;
        for (std::size_t left = 8'000'000; left > 0 && !fault;)
            left -= peer.read_some(boost::asio::buffer(bytes.data(), std::min(left, bytes.size())), fault);
        send(peer, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    });
    auto what = plan_for(server, 4, 2, GetParam());
    what.classes.front().bytes.assign(8'000'000, 'x');  // the server only counts them
    EXPECT_EQ(outcomes(run_uninterrupted(what)), (counts{.ok = 4}));
}

TEST_P(every_mode, a_reply_may_come_before_the_request_was_read) {
    const std::string reply = "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    for (const bool reads_on : {true, false}) {
        std::latch done(1);
        scripted_server server([&](socket& peer) {
            std::array<char, 100> part{};
            peer.read_some(boost::asio::buffer(part));
            send(peer, reply);
            peer.shutdown(socket::shutdown_send);
            if (reads_on)
                wait_for_end(peer);
            else
                done.wait();
        });
        auto what = plan_for(server, 4, 2, GetParam());
        what.classes.front().bytes.assign(8'000'000, 'x');
        EXPECT_EQ(outcomes(run_uninterrupted(what)), (counts{.http_error = 4})) << reads_on;
        done.count_down();
    }
}

TEST_P(every_mode, errors_of_the_server_are_not_ok) {
    scripted_server server(reply_always("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"));
    const auto measured = run_uninterrupted(plan_for(server, 6, 2, GetParam()));
    EXPECT_EQ(outcomes(measured), (counts{.http_error = 6}));
    EXPECT_EQ(measured.record.rows().front().status, 500);
}

TEST_P(every_mode, switching_to_another_protocol_unasked_is_not_ok_and_ends_the_connection) {
    scripted_server server(reply_always("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"));
    const auto measured = run_uninterrupted(plan_for(server, 6, 2, GetParam()));
    EXPECT_EQ(outcomes(measured), (counts{.http_error = 6}));
    EXPECT_EQ(measured.record.rows().front().status, 101);
    EXPECT_EQ(server.connections(), 6);
}

TEST_P(every_mode, resets_before_the_reply_are_counted) {
    scripted_server server([](socket& peer) {
        if (read_request(peer)) reset(peer);
    });
    EXPECT_EQ(outcomes(run_uninterrupted(plan_for(server, 6, 2, GetParam()))), (counts{.reset = 6}));
}

TEST_P(every_mode, truncated_replies_are_counted) {
    scripted_server server([](socket& peer) {
        if (read_request(peer)) send(peer, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal");
    });
    EXPECT_EQ(outcomes(run_uninterrupted(plan_for(server, 6, 2, GetParam()))), (counts{.truncated = 6}));
}

TEST_P(every_mode, garbage_is_counted) {
    for (const std::string& reply : {std::string("SSH-2.0-OpenSSH_9\r\n\r\n"), std::string(ok_reply) + "more",
                                     "HTTP/1.1 200 OK\r\nX: " + std::string(300'000, 'x')}) {
        scripted_server server([&reply](socket& peer) {
            if (read_request(peer)) send(peer, reply);
            wait_for_end(peer);
        });
        EXPECT_EQ(outcomes(run_uninterrupted(plan_for(server, 4, 2, GetParam()))), (counts{.malformed = 4}))
            << reply.substr(0, 30);
    }
}

// The server forgets the first two tries of each request, and answers the third on another connection.
TEST_P(every_mode, who_gives_up_asks_again_and_has_waited_since_the_first_time) {
    constexpr auto timeout = 100ms;
    std::atomic<int> asked = 0;
    scripted_server server([&](socket& peer) {
        while (read_request(peer)) {
            if (++asked % 3 != 0) return wait_for_end(peer);
            send(peer, ok_reply);
        }
    });
    auto what = plan_for(server, 1, 1, GetParam());
    what.load.arrivals = arrivals::constant;
    what.load.rate = 1000;
    what.timeout = timeout;
    what.retries = 2;
    const auto measured = run_uninterrupted(what);
    EXPECT_EQ(outcomes(measured), (counts{.ok = 1}));
    EXPECT_EQ(measured.record.retries(), 2U);
    const auto row = measured.record.rows().front();
    EXPECT_EQ(row.retries, 2);
    EXPECT_GE(row.latency(), 2 * timeout);
    EXPECT_GE(row.latency(), row.earlier + row.service);
    EXPECT_EQ(row.status, 200);
    what.retries = 1;
    asked = 0;
    const auto given_up = run_uninterrupted(what);
    EXPECT_EQ(outcomes(given_up), (counts{.timed_out = 1}));
    EXPECT_EQ(given_up.record.retries(), 1U);
}

TEST_P(every_mode, a_hung_server_ends_in_timeouts) {
    scripted_server server([](socket& peer) { wait_for_end(peer); });
    auto what = plan_for(server, 4, 2, GetParam());
    what.timeout = 50ms;
    const auto measured = run_uninterrupted(what);
    EXPECT_EQ(outcomes(measured), (counts{.timed_out = 4}));
    for (const auto& row : measured.record.rows()) EXPECT_GE(row.latency(), 50ms);
}

TEST_P(every_mode, a_duration_ends_with_its_drain_and_counts_what_is_open) {
    scripted_server server([](socket& peer) { wait_for_end(peer); });
    auto what = plan_for(server, 1, 3, GetParam());
    what.load.requests.reset();
    what.load.duration = 50ms;
    what.drain = 20ms;
    const auto measured = run_uninterrupted(what);
    EXPECT_EQ(outcomes(measured), (counts{.unfinished = 3}));
    for (const auto& row : measured.record.rows()) EXPECT_GE(row.latency(), 70ms);
}

TEST_P(every_mode, several_threads_share_the_requests) {
    scripted_server server(reply_always(std::string(ok_reply)));
    auto what = plan_for(server, 101, 7, GetParam());
    what.threads = 3;
    const auto measured = run_uninterrupted(what);
    EXPECT_EQ(outcomes(measured), (counts{.ok = 101}));
    std::vector<bool> seen(101);
    for (const auto& row : measured.record.rows()) seen.at(row.request) = true;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 101);
}

TEST_P(every_mode, the_parts_of_latency_add_up_and_none_is_negative) {
    scripted_server server(reply_always(std::string(ok_reply)));
    const auto measured = run_uninterrupted(plan_for(server, 50, 10, GetParam()));
    for (const auto& row : measured.record.rows()) {
        for (const auto part : {row.due, row.queue, row.connect, row.lag, row.service}) EXPECT_GE(part, 0ns);
        EXPECT_EQ(row.done(), row.due + row.queue + row.connect + row.lag + row.service);
        EXPECT_EQ(row.queue, 0ns) << "a closed loop does not queue";
        EXPECT_EQ(row.connect > 0ns, GetParam() == connection_mode::fresh);
        EXPECT_LE(row.first_byte, row.service);
    }
}

TEST(runner, a_fixed_count_starts_together) {
    scripted_server server(reply_always(std::string(ok_reply)));
    const auto measured = run_uninterrupted(plan_for(server, 20, 20, connection_mode::fresh));
    for (const auto& row : measured.record.rows()) EXPECT_EQ(row.due, 0ns);
}

TEST(runner, a_kept_connection_that_is_announced_closed_is_replaced_in_the_requests_own_time) {
    std::atomic<int> served = 0;
    scripted_server server([&served](socket& peer) {
        if (!read_request(peer)) return;
        ++served;
        send(peer, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    });
    const auto measured = run_uninterrupted(plan_for(server, 5, 1, connection_mode::kept));
    EXPECT_EQ(outcomes(measured), (counts{.ok = 5}));
    EXPECT_EQ(served, 5);
    const auto& rows = measured.record.rows();
    EXPECT_EQ(rows.at(0).connect, 0ns);
    for (std::size_t i = 1; i < rows.size(); ++i) {
        EXPECT_GT(rows[i].connect, 0ns);
        EXPECT_GE(rows[i].due, rows[i - 1].was_read());
    }
}

TEST(runner, a_server_that_goes_away_leaves_exact_counts_and_a_bounded_run) {
    auto server = std::make_unique<scripted_server>(reply_always(std::string(ok_reply)));
    auto what = plan_for(*server, 1, 4, connection_mode::kept);
    what.load.requests.reset();
    what.load.duration = 300ms;
    measurement measured{.record = recorder(1, 0, 0ns)};
    std::jthread running([&] { measured = run_uninterrupted(what); });
    while (server->connections() < 4) std::this_thread::yield();
    server.reset();
    running.join();
    const auto c = outcomes(measured);
    EXPECT_GT(c.connect_failed, 0U) << c;
    EXPECT_EQ(measured.record.requests(), measured.record.classes()[0].requests());
    EXPECT_LT(c.connect_failed, 200U) << "reconnects back off: " << c;
}

TEST(runner, without_one_connection_it_is_an_error_that_names_the_address) {
    boost::asio::io_context context;
    // Taken, so that nobody else is there, and not listened on.
    const boost::asio::ip::tcp::socket taken(context, {boost::asio::ip::address_v4::loopback(), 0});
    const auto address = taken.local_endpoint();
    for (const auto mode : {connection_mode::kept, connection_mode::fresh}) {
        plan what;
        what.server = address;
        what.classes.push_back({"all", 1, "/", "GET / HTTP/1.1\r\n\r\n"});
        what.load.requests = 10;
        what.connections = 2;
        what.mode = mode;
        try {
            run_uninterrupted(what);
            FAIL() << "expected an error";
        } catch (const std::runtime_error& fault) {
            EXPECT_NE(std::string(fault.what()).find(name_of(address)), std::string::npos) << fault.what();
        }
    }
}

// Two requests due 100 ms apart, one connection, a server that holds its first reply until the second request
// is well overdue: the second one's clock must have run since it was due, not since it could be sent.
TEST(runner, open_loop_latency_counts_from_due_while_the_connection_is_busy) {
    scripted_server server([](socket& peer) {
        while (read_request(peer)) {
            std::this_thread::sleep_for(60ms);  // the work of this server, not a way to wait for something
            send(peer, ok_reply);
        }
    });
    auto what = plan_for(server, 10, 1, connection_mode::kept);
    what.load.arrivals = arrivals::constant;
    what.load.rate = 100;
    const auto measured = run_uninterrupted(what);
    ASSERT_EQ(outcomes(measured), (counts{.ok = 10}));
    for (const auto& row : measured.record.rows()) {
        const auto i = static_cast<std::int64_t>(row.request);
        EXPECT_EQ(row.due, i * 10ms);
        EXPECT_GE(row.latency(), 60ms + i * 50ms);       // each waits for all before it
        EXPECT_GE(row.queue + row.lag, i * 50ms - 1ms);  // of a late generator, some of it is its own
        EXPECT_LT(row.service, 60ms + i * 10ms + 50ms) << "service does not see the wait";
    }
}

TEST(runner, an_open_loop_keeps_its_schedule_when_the_server_hangs) {
    scripted_server server([](socket& peer) { wait_for_end(peer); });
    auto what = plan_for(server, 1, 2, connection_mode::kept);
    what.load.requests.reset();
    what.load.duration = 200ms;
    what.load.arrivals = arrivals::constant;
    what.load.rate = 500;
    what.drain = 10ms;
    const auto measured = run_uninterrupted(what);
    EXPECT_EQ(outcomes(measured), (counts{.unfinished = 100}));
    for (const auto& row : measured.record.rows()) EXPECT_GE(row.latency(), 200ms - row.due);
}

TEST(runner, an_open_loop_opens_fresh_connections_when_due) {
    scripted_server server(reply_always(std::string(ok_reply)));
    auto what = plan_for(server, 30, 10, connection_mode::fresh);
    what.load.arrivals = arrivals::poisson;
    what.load.rate = 1000;
    const auto measured = run_uninterrupted(what);
    EXPECT_EQ(outcomes(measured), (counts{.ok = 30}));
    for (const auto& row : measured.record.rows()) EXPECT_GT(row.connect, 0ns);
}

TEST(runner, classes_get_their_own_bytes_in_the_seeded_order) {
    std::mutex mutex;
    std::string order;
    scripted_server server([&](socket& peer) {
        std::array<char, 512> part{};
        boost::system::error_code fault;
        while (const auto got = peer.read_some(boost::asio::buffer(part), fault)) {
            const std::lock_guard lock(mutex);
            order += std::string_view(part.data(), got).starts_with("GET /a") ? 'a' : 'b';
            send(peer, ok_reply);
        }
    });
    auto what = plan_for(server, 20, 1, connection_mode::kept);
    what.classes = {{"a", 3, "/a", "GET /a HTTP/1.1\r\n\r\n"}, {"b", 1, "/b", "GET /b HTTP/1.1\r\n\r\n"}};
    const auto measured = run_uninterrupted(what);
    EXPECT_EQ(outcomes(measured), (counts{.ok = 20}));
    EXPECT_EQ(measured.record.classes()[0].requests(), 15U);
    EXPECT_EQ(measured.record.classes()[1].requests(), 5U);
    const class_sequence sequence(what.classes, 20, what.load.seed);
    for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(order.at(i), sequence.class_of(i) == 0 ? 'a' : 'b');
}

}  // namespace
}  // namespace loadgen
