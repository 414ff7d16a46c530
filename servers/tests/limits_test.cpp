// Every limit of every model but draining: what a client sees at it, and that the server goes on.
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "servers/listener.hpp"
#include "servers/tests/models.hpp"

namespace servers::tests {
namespace {

using std::chrono::milliseconds;

template <class Model>
class limits : public served<Model> {};
TYPED_TEST_SUITE(limits, models, model_names);

// Where more than one connection can be open at a time.
template <class Model>
class concurrent_limits : public served<Model> {};
TYPED_TEST_SUITE(concurrent_limits, concurrent_models, model_names);

// Where connections are kept, as many as come.
template <class Model>
class keeping_limits : public served<Model> {};
TYPED_TEST_SUITE(keeping_limits, keeping_models, model_names);

// While it lives, no file can be opened: only numbers that are taken are allowed.
class no_more_files {
public:
    no_more_files() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit now{.rlim_cur = STDERR_FILENO + 1, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &now);
    }
    no_more_files(const no_more_files&) = delete;
    no_more_files& operator=(const no_more_files&) = delete;
    ~no_more_files() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

TYPED_TEST(limits, a_long_header_is_431) {
    this->chosen.max_header_bytes = 256;
    this->serve();
    client one(this->port());
    one.send(get_request("/ping", fmt::format("X-Long: {}\r\n", std::string(300, 'x'))));
    EXPECT_EQ(one.receive().status, 431U);
    EXPECT_TRUE(one.at_end());
    EXPECT_EQ(client(this->port()).get("/ping").status, 200U);
}

TYPED_TEST(limits, a_long_target_is_414) {
    this->chosen.max_header_bytes = 256;
    this->serve();
    client one(this->port());
    one.send(get_request("/" + std::string(300, 'x')));
    EXPECT_EQ(one.receive().status, 414U);
    EXPECT_TRUE(one.at_end());
    EXPECT_EQ(client(this->port()).get("/ping").status, 200U);
}

TYPED_TEST(limits, a_long_body_is_413_and_the_reply_survives_what_is_still_being_sent) {
    this->chosen.max_body_bytes = 1000;
    this->serve();
    client counted(this->port());
    counted.send(get_request("/ping", "Content-Length: 300000\r\n") + std::string(300'000, 'x'));
    EXPECT_EQ(counted.receive().status, 413U);
    client chunked(this->port());
    chunked.send(get_request("/ping", "Transfer-Encoding: chunked\r\n") + "400\r\n" +
                 std::string(0x400, 'x'));
    EXPECT_EQ(chunked.receive().status, 413U);
    EXPECT_EQ(client(this->port()).get("/ping").status, 200U);
}

TYPED_TEST(limits, a_request_that_does_not_arrive_is_408) {
    this->chosen.read_timeout = milliseconds(60);
    this->serve();
    client header(this->port());
    header.send("GET /ping HTTP/1.1\r\nHo");
    EXPECT_EQ(header.receive().status, 408U);
    EXPECT_TRUE(header.at_end());
    client body(this->port());
    body.send(get_request("/ping", "Content-Length: 5\r\n") + "hel");
    EXPECT_EQ(body.receive().status, 408U);
}

TYPED_TEST(limits, a_request_that_arrives_byte_by_byte_is_408) {
    this->chosen.read_timeout = milliseconds(60);
    this->serve();
    client one(this->port());
    // Each byte is in time, all of them are not.
    while (!one.readable_within(milliseconds(5))) {
        if (!one.send("G")) break;
    }
    EXPECT_EQ(one.receive().status, 408U);
}

TYPED_TEST(limits, a_client_that_says_nothing_is_closed_without_a_word) {
    this->chosen.read_timeout = milliseconds(60);
    this->chosen.idle_timeout = milliseconds(60);
    this->serve();
    client silent(this->port());
    EXPECT_TRUE(silent.at_end());
    client kept(this->port());
    EXPECT_EQ(kept.get("/ping").status, 200U);
    EXPECT_TRUE(kept.at_end());
}

TYPED_TEST(keeping_limits, a_client_that_does_not_read_is_cut_off) {
    this->chosen.write_timeout = milliseconds(60);
    this->serve();
    client one(this->port());
    std::string many;
    for (int i = 0; i < 1000; ++i) many += get_request("/ping");
    EXPECT_TRUE(one.send_until_cut_off(many));
    EXPECT_NE(this->stats().find(R"("timeouts":1)"), std::string::npos);
}

TYPED_TEST(limits, a_client_that_does_not_close_is_waited_for_only_so_long) {
    this->chosen.linger_timeout = milliseconds(60);
    this->serve();
    client rude(this->port());
    rude.send("nonsense\r\n\r\n");
    EXPECT_EQ(rude.receive().status, 400U);
    EXPECT_TRUE(rude.at_end());
    // The one worker of the sequential server can serve this only once it has stopped waiting.
    EXPECT_EQ(client(this->port()).get("/ping").status, 200U);
}

// They are all there before the server begins, so that where many threads accept, all do so at once.
TYPED_TEST(concurrent_limits, of_those_who_come_together_only_those_too_many_are_503) {
    this->chosen.max_connections = 2;
    this->listen();
    std::vector<client> eight;
    eight.reserve(8);
    for (int i = 0; i < 8; ++i) eight.emplace_back(this->port());
    this->start();
    // Which of them are refused is up to the threads that accept.
    const auto is_refused = [](client& each) { return each.readable_within(milliseconds(1)); };
    while (std::ranges::count_if(eight, is_refused) < 6) continue;
    const auto welcome = std::partition(eight.begin(), eight.end(), is_refused);
    ASSERT_EQ(eight.end() - welcome, 2);
    for (auto each = welcome; each != eight.end(); ++each) EXPECT_EQ(each->get("/ping").status, 200U);
    for (auto each = eight.begin(); each != welcome; ++each) {
        const received_reply reply = each->receive();
        EXPECT_EQ(reply.status, 503U);
        EXPECT_TRUE(reply.headers.contains("date"));
        EXPECT_TRUE(each->at_end());
    }
}

TYPED_TEST(keeping_limits, who_is_refused_and_stays_takes_nobodys_place) {
    this->chosen.max_connections = 1;
    this->chosen.linger_timeout = std::chrono::minutes(1);
    this->serve();
    std::optional<client> first(this->port());
    ASSERT_EQ(first->get("/ping").status, 200U);
    client refused(this->port());
    ASSERT_EQ(refused.receive().status, 503U);
    first.reset();
    unsigned status = 503;  // until the server has seen the first one go
    for (int tries = 0; status == 503 && tries < 2000; ++tries)
        status = client(this->port()).get("/ping").status;
    EXPECT_EQ(status, 200U);
}

TYPED_TEST(keeping_limits, many_connections_too_many_are_503_too) {
    this->chosen.max_connections = 1;
    this->serve();
    client first(this->port());
    ASSERT_EQ(first.get("/ping").status, 200U);
    std::vector<client> others;
    for (std::size_t i = 0; i < most_refusals_at_once + 20; ++i) others.emplace_back(this->port());
    for (client& each : others) EXPECT_EQ(each.receive().status, 503U);
    EXPECT_EQ(first.get("/ping").status, 200U);
}

TYPED_TEST(limits, who_finds_the_backlog_full_is_served_later) {
    this->chosen.backlog = 1;
    this->listen();
    std::vector<client> early(2);  // Linux keeps one more than it is told
    for (client& each : early) ASSERT_TRUE(each.connect(this->port()));
    client late;
    EXPECT_FALSE(late.connect_within(this->port(), milliseconds(20)));
    this->start();
    for (client& each : early) EXPECT_EQ(each.get("/ping").status, 200U);
    early.clear();
    ASSERT_TRUE(late.connected_within(std::chrono::seconds(10)));
    EXPECT_EQ(late.get("/ping").status, 200U);
}

TEST(listener, has_the_backlog_it_is_told) {
    const descriptor listener = listen_on({.port = 0, .backlog = 7});
    tcp_info told{};
    socklen_t size = sizeof told;
    ASSERT_EQ(::getsockopt(listener.get(), IPPROTO_TCP, TCP_INFO, &told, &size), 0);
    EXPECT_EQ(told.tcpi_sacked, 7U);  // of a socket that listens
}

TYPED_TEST(limits, without_file_descriptors_it_pauses_and_then_goes_on) {
    this->serve();
    // UBSan opens a pipe the first time it meets a class, so it has to meet them all before.
    client first(this->port());
    ASSERT_EQ(first.get("/ping").status, 200U);
    first.finish_sending();
    ASSERT_TRUE(first.at_end());
    // A thread that waits in accept() already has the descriptor it will return, so a few connections get
    // through.
    std::vector<client> clients(12);
    {
        const no_more_files none;
        for (client& each : clients) {
            ASSERT_TRUE(each.connect(this->port()));
            each.send(get_request("/ping", "Connection: close\r\n"));
        }
        EXPECT_FALSE(std::ranges::all_of(
            clients, [](client& each) { return each.readable_within(milliseconds(10)); }));
    }
    for (client& each : clients) EXPECT_EQ(each.receive().status, 200U);
    EXPECT_EQ(this->stats().find(R"("accept_pauses":0)"), std::string::npos);
}

}  // namespace
}  // namespace servers::tests
