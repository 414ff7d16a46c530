// GET /db in every model: the pool's queue and its deadline, a database that is lost and comes back, a drain
// with callers in the queue. Against a private PostgreSQL, where there is one; skipped where there is none.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "servers/database.hpp"
#include "servers/tests/allocations.hpp"
#include "servers/tests/models.hpp"
#include "servers/tests/program.hpp"

namespace servers::tests {
namespace {

using namespace std::chrono_literals;

// scripts/postgres.py, which removes all of it at the end. Started once, as that takes a second or two.
class private_postgres {
public:
    private_postgres() : script_({"/usr/bin/env", "python3", POSTGRES_SCRIPT}) {
        constexpr std::string_view start = "ready ";
        const std::string line = script_.read_line();
        if (line.starts_with(start)) conninfo_ = line.substr(start.size());
    }
    ~private_postgres() {
        script_.signal(SIGTERM);
        script_.exit_code();
    }
    private_postgres(const private_postgres&) = delete;
    private_postgres& operator=(const private_postgres&) = delete;

    // Empty when there is none.
    [[nodiscard]] const std::string& conninfo() const { return conninfo_; }

private:
    program script_;
    std::string conninfo_;
};

template <class Model>
class database : public served<Model> {
protected:
    static void SetUpTestSuite() { postgres_ = std::make_unique<private_postgres>(); }
    static void TearDownTestSuite() { postgres_.reset(); }

    [[nodiscard]] bool there() const { return !postgres_->conninfo().empty(); }
    void serve_with(unsigned connections, std::chrono::milliseconds timeout) {
        this->chosen.database = {
            .conninfo = postgres_->conninfo(), .connections = connections, .timeout = timeout};
        this->serve();
    }
    // The statuses of so many requests at the same time.
    [[nodiscard]] std::vector<unsigned> statuses(std::size_t count, const std::string& target) const {
        std::vector<client> clients;
        for (std::size_t i = 0; i < count; ++i) {
            clients.emplace_back(this->port());
            clients.back().send(get_request(target));
        }
        std::vector<unsigned> found;
        for (client& each : clients) found.push_back(each.receive().status);
        return found;
    }

private:
    static inline std::unique_ptr<private_postgres> postgres_;
};

TYPED_TEST_SUITE(database, models_and_cancelling, model_names);

#define SKIP_WITHOUT_POSTGRES() \
    if (!this->there()) GTEST_SKIP() << "no PostgreSQL here: scripts/setup --databases installs it"

TYPED_TEST(database, sleeps_for_the_request) {
    SKIP_WITHOUT_POSTGRES();
    this->serve_with(2, 5s);
    const auto before = std::chrono::steady_clock::now();
    const received_reply reply = client(this->port()).get("/db?wait_ms=120");
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.body, R"({"result":"Task Complete!"})");
    EXPECT_GE(std::chrono::steady_clock::now() - before, 120ms);
}

TYPED_TEST(database, is_shared_by_more_requests_than_it_has_connections) {
    SKIP_WITHOUT_POSTGRES();
    this->serve_with(2, 10s);
    for (const unsigned status : this->statuses(12, "/db?wait_ms=20")) EXPECT_EQ(status, 200U);
}

TYPED_TEST(database, answers_503_when_no_connection_becomes_free_in_time) {
    SKIP_WITHOUT_POSTGRES();
    if (TypeParam::at_once < 4) GTEST_SKIP() << "serves one at a time, so nobody queues";
    this->serve_with(2, 100ms);  // with two event loops one each
    client first(this->port());
    client second(this->port());
    first.send(get_request("/db?wait_ms=1500"));
    second.send(get_request("/db?wait_ms=1500"));
    std::size_t busy = 0;
    // The first two may be overtaken on their way to the pool, but no more than two can have a connection.
    for (const unsigned status : this->statuses(4, "/db?wait_ms=1500")) busy += status == 503U ? 1 : 0;
    for (client* each : {&first, &second}) busy += each->receive().status == 503U ? 1 : 0;
    EXPECT_EQ(busy, 4U);
    EXPECT_EQ(client(this->port()).get("/db?wait_ms=1").status, 200U);  // those gave nothing away
}

// One in the query and one in the queue leave; who comes after them waits for neither.
TYPED_TEST(database, is_given_back_by_a_client_that_leaves_where_that_is_noticed) {
    SKIP_WITHOUT_POSTGRES();
    if (!TypeParam::cancels) GTEST_SKIP() << "does not notice who leaves";
    this->serve_with(1, 10s);
    client(this->port()).send(get_request("/db?wait_ms=60000"));
    client(this->port()).send(get_request("/db?wait_ms=60000"));
    EXPECT_EQ(client(this->port()).get("/db?wait_ms=1").status, 200U);
    EXPECT_TRUE(this->drain());
}

TYPED_TEST(database, drains_with_callers_in_the_queue) {
    SKIP_WITHOUT_POSTGRES();
    if (TypeParam::at_once < 4) GTEST_SKIP() << "serves one at a time, so nobody queues";
    this->serve_with(2, 10s);
    std::vector<client> clients;
    for (int i = 0; i < 6; ++i) {
        clients.emplace_back(this->port());
        clients.back().send(get_request("/db?wait_ms=100"));
    }
    // One of them is answered, so that with the queue in order of arrival all have been read.
    EXPECT_EQ(clients.back().receive().status, 200U);
    EXPECT_TRUE(this->drain());
    clients.pop_back();
    for (client& each : clients) EXPECT_EQ(each.receive().status, 200U);
}

TYPED_TEST(database, is_reopened_after_its_connections_were_lost) {
    SKIP_WITHOUT_POSTGRES();
    this->serve_with(2, 5s);
    EXPECT_EQ(client(this->port()).get("/db").status, 200U);
    const std::string end_all =
        "psql -qAt '" + this->chosen.database.conninfo +
        "' -c 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = $$client backend$$' >/dev/null";
    ASSERT_EQ(std::system(end_all.c_str()), 0);
    unsigned status = 0;
    for (int tries = 0; tries < 20 && status != 200; ++tries) {
        status = client(this->port()).get("/db").status;
        EXPECT_TRUE(status == 200 || status == 503) << status;
    }
    EXPECT_EQ(status, 200U);
    for (const unsigned each : this->statuses(4, "/db?wait_ms=1")) EXPECT_TRUE(each == 200 || each == 503);
    EXPECT_EQ(client(this->port()).get("/ping").status, 200U);
}

// More at a time than connections, so that allocations fail in the queue too.
TYPED_TEST(database, loses_no_connection_wherever_memory_runs_out) {
    SKIP_WITHOUT_POSTGRES();
    SKIP_UNLESS_ALLOCATIONS_CAN_FAIL();
    if (TypeParam::at_once < 4) GTEST_SKIP() << "serves one at a time, so nobody queues";
    this->serve_with(2, 2s);
    bool failed = true;
    for (std::size_t number = 0; failed && number < 1000; ++number) {
        {
            const failing_allocation one(number);
            static_cast<void>(this->statuses(4, "/db?wait_ms=1"));
            failed = one.has_failed();
        }
        for (const unsigned status : this->statuses(4, "/db")) ASSERT_EQ(status, 200U) << number;
    }
    EXPECT_FALSE(failed);
}

TYPED_TEST(database, that_cannot_be_reached_is_answered_503) {
    if (!conninfo_fault("dbname=none").empty()) GTEST_SKIP() << "built without libpq";
    this->chosen.database = {.conninfo = "host=/nonexistent user=none", .connections = 2, .timeout = 2s};
    this->serve();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(client(this->port()).get("/db").status, 503U);
    EXPECT_EQ(client(this->port()).get("/ping").status, 200U);
}

TYPED_TEST(database, is_answered_501_where_the_server_has_none) {
    this->serve();
    const received_reply reply = client(this->port()).get("/db?wait_ms=1");
    EXPECT_EQ(reply.status, 501U);
    EXPECT_NE(reply.body.find("--db"), std::string::npos);
    EXPECT_EQ(client(this->port()).get("/db?block_ms=1").status, 400U);
}

TEST(backoff, doubles_up_to_five_seconds_and_is_forgotten_after_a_success) {
    const backoff::clock::time_point now{};
    backoff rest;
    EXPECT_TRUE(rest.over(now));
    rest.failed(now);
    EXPECT_FALSE(rest.over(now + 49ms));
    EXPECT_TRUE(rest.over(now + 50ms));
    rest.failed(now);
    EXPECT_FALSE(rest.over(now + 99ms));
    for (int i = 0; i < 10; ++i) rest.failed(now);
    EXPECT_TRUE(rest.over(now + 5s));
    rest.succeeded();
    EXPECT_TRUE(rest.over(now));
}

}  // namespace
}  // namespace servers::tests
