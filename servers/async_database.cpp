#include "servers/async_database.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <optional>
#include <utility>

#include "servers/pg_connection.hpp"

namespace servers {

namespace asio = boost::asio;

namespace {

using loop_descriptor = asio::posix::basic_stream_descriptor<loop_executor>;
using loop_timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                              asio::wait_traits<std::chrono::steady_clock>, loop_executor>;

}  // namespace

struct async_database::slot {
    pg_connection connection;
    std::optional<loop_descriptor> socket;  // libpq's own, lent to the event loop
    std::chrono::steady_clock::time_point left_alone_until;

    ~slot() { close(); }

    void watch(asio::io_context& context) {
        let_go();
        if (const int number = PQsocket(connection.get()); number >= 0) socket.emplace(context, number);
    }

    void close() {
        let_go();
        connection.reset();
    }

    // False when there is nothing to wait for any more.
    awaitable<bool> ready(asio::posix::descriptor_base::wait_type what) {
        if (!socket) co_return false;
        boost::system::error_code error;
        co_await socket->async_wait(what, asio::redirect_error(use_loop, error));
        co_return !error;
    }

private:
    void let_go() {
        if (socket) socket->release();
        socket.reset();
    }
};

struct async_database::waiter {
    loop_timer timer;
    slot* granted = nullptr;
};

async_database::async_database(asio::io_context& context, std::string conninfo, unsigned connections,
                               std::chrono::milliseconds timeout)
    : context_(context), conninfo_(std::move(conninfo)), timeout_(timeout) {
    for (unsigned i = 0; i < connections; ++i) {
        auto made = std::make_unique<slot>();
        made->connection = open_pg_or_throw(conninfo_);
        PQsetnonblocking(made->connection.get(), 1);
        made->watch(context_);
        idle_.push_back(made.get());
        slots_.push_back(std::move(made));
    }
}

async_database::~async_database() = default;

awaitable<database_answer> async_database::sleep(std::chrono::milliseconds duration) {
    slot* const mine = co_await take();
    if (mine == nullptr) co_return database_answer::none_free;
    bool done = false;
    try {
        done = co_await ask(*mine, duration);
    } catch (...) {
        mine->close();
        give_back(*mine);
        throw;
    }
    if (!done) mine->close();
    give_back(*mine);
    co_return done ? database_answer::done : database_answer::lost;
}

awaitable<async_database::slot*> async_database::take() {
    if (!idle_.empty()) {
        slot* const mine = idle_.back();
        idle_.pop_back();
        co_return mine;
    }
    waiter mine{.timer = loop_timer(context_, timeout_)};
    waiting_.push_back(&mine);
    boost::system::error_code granted_or_late;
    co_await mine.timer.async_wait(asio::redirect_error(use_loop, granted_or_late));
    if (mine.granted == nullptr) std::erase(waiting_, &mine);
    co_return mine.granted;
}

void async_database::give_back(slot& mine) {
    if (waiting_.empty()) {
        idle_.push_back(&mine);
        return;
    }
    waiter& next = *waiting_.front();
    waiting_.pop_front();
    next.granted = &mine;
    next.timer.cancel();
}

// libpq's own loop for a query, with every wait in it handed to the event loop.
awaitable<bool> async_database::ask(slot& mine, std::chrono::milliseconds duration) {
    if (!mine.connection) {
        const bool opened = co_await reopen(mine);
        if (!opened) co_return false;
    }
    PGconn* const connection = mine.connection.get();
    const std::string seconds = sleep_seconds(duration);
    const char* const values[] = {seconds.c_str()};
    if (PQsendQueryParams(connection, sleep_query, 1, nullptr, values, nullptr, nullptr, 0) != 1)
        co_return false;
    for (int unsent = PQflush(connection); unsent != 0; unsent = PQflush(connection)) {
        if (unsent < 0) co_return false;
        const bool writable = co_await mine.ready(asio::posix::descriptor_base::wait_write);
        if (!writable) co_return false;
    }
    bool done = false;
    for (;;) {
        while (PQisBusy(connection) == 1) {
            const bool readable = co_await mine.ready(asio::posix::descriptor_base::wait_read);
            if (!readable || PQconsumeInput(connection) != 1) co_return false;
        }
        const pg_result result(PQgetResult(connection));
        if (!result) co_return done;
        done = PQresultStatus(result.get()) == PGRES_TUPLES_OK;
    }
}

awaitable<bool> async_database::reopen(slot& mine) {
    if (std::chrono::steady_clock::now() < mine.left_alone_until) co_return false;
    mine.left_alone_until = std::chrono::steady_clock::now() + reopen_pause;
    mine.connection = begin_to_open_pg(conninfo_);
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (PQstatus(mine.connection.get()) != CONNECTION_BAD &&
           (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING)) {
        mine.watch(context_);  // libpq may open another socket at each step
        const bool ready =
            co_await mine.ready(next == PGRES_POLLING_READING ? asio::posix::descriptor_base::wait_read
                                                              : asio::posix::descriptor_base::wait_write);
        if (!ready) break;
        next = PQconnectPoll(mine.connection.get());
    }
    if (next != PGRES_POLLING_OK) co_return false;
    PQsetnonblocking(mine.connection.get(), 1);
    mine.watch(context_);
    co_return true;
}

}  // namespace servers
