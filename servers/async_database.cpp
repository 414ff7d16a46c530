#include "servers/async_database.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "servers/libpq.hpp"

namespace servers {

namespace asio = boost::asio;

// The socket is libpq's, which closes it; Asio only waits for it.
struct async_database::slot {
    using loop_descriptor = asio::posix::basic_stream_descriptor<loop_executor>;

    libpq::connection connection;
    loop_descriptor socket;
    backoff rest;
    unsigned attempts = 0;

    explicit slot(asio::io_context& loop) : socket(loop) {}
    slot(const slot&) = delete;
    slot& operator=(const slot&) = delete;
    ~slot() { close(); }

    // False when there is no such socket, or no memory to wait for it.
    bool follow() {
        boost::system::error_code error;
        if (socket.is_open()) socket.release();
        socket.assign(libpq::pq().PQsocket(connection.get()), error);
        return !error;
    }
    void close() {
        if (socket.is_open()) socket.release();
        connection.reset();
    }
    // False when the wait was ended instead.
    awaitable<bool> ready(loop_descriptor::wait_type what) {
        boost::system::error_code error;
        co_await socket.async_wait(what, asio::redirect_error(use_loop, error));
        co_return !error;
    }
};

async_database::lease::~lease() {
    if (taken_ == nullptr || here_.expired()) return;
    if (!sound_) taken_->close();
    pool_->release(*taken_);
}

async_database::async_database(asio::io_context& loop, const database_options& chosen)
    : loop_(loop), options_(chosen) {
    for (unsigned i = 0; i < options_.connections; ++i) {
        slots_.push_back(std::make_unique<slot>(loop_));
        idle_.push_back(slots_.back().get());
    }
    for (const auto& each : slots_) {  // nobody is served yet, so this may wait
        each->connection =
            libpq::connect_by(libpq::pq().PQconnectdbParams, options_.conninfo, options_.timeout);
        const bool opened = libpq::usable(each->connection) && each->follow() &&
                            libpq::pq().PQsetnonblocking(each->connection.get(), 1) == 0;
        if (opened) continue;
        each->close();
        each->rest.failed(backoff::clock::now());
        break;  // the others would only take as long
    }
}

async_database::~async_database() = default;

awaitable<database_answer> async_database::sleep(std::chrono::milliseconds duration) {
    lease mine = co_await acquire();
    // One whose client has gone may have been given a connection on its way out of the queue.
    const bool unwanted = !!(co_await asio::this_coro::cancellation_state).cancelled();
    if (!mine || unwanted) co_return database_answer::busy;
    mine.is_sound(false);
    bool done = co_await open(*mine);
    if (done) done = co_await query(*mine, duration);
    mine.is_sound(done);
    co_return done ? database_answer::done : database_answer::lost;
}

awaitable<async_database::lease> async_database::acquire() {
    if (!idle_.empty()) {
        slot* const free = idle_.back();
        idle_.pop_back();
        co_return lease(*this, *free);
    }
    waiter self(loop_, options_.timeout);
    queue_.push_back(self);
    boost::system::error_code cancelled;
    co_await self.deadline.async_wait(asio::redirect_error(use_loop, cancelled));
    co_return std::move(self.given);
}

void async_database::release(slot& used) {
    if (queue_.empty()) {
        idle_.push_back(&used);
        return;
    }
    waiter& next = queue_.front();
    queue_.pop_front();
    next.given = lease(*this, used);
    next.deadline.cancel();
}

// True when it is open; tries to open it if it is not, unless that failed just now.
awaitable<bool> async_database::open(slot& closed) {
    if (libpq::usable(closed.connection)) co_return true;
    if (!closed.rest.over(backoff::clock::now())) co_return false;
    const bool opened = co_await connect(closed);
    const bool gave_up = !!(co_await asio::this_coro::cancellation_state).cancelled();
    if (opened) {
        closed.rest.succeeded();
    } else if (!gave_up) {
        closed.rest.failed(backoff::clock::now());
    }
    co_return opened;
}

awaitable<bool> async_database::connect(slot& closed) {
    closed.close();
    closed.connection =
        libpq::connect_by(libpq::pq().PQconnectStartParams, options_.conninfo, options_.timeout);
    const auto deadline = std::chrono::steady_clock::now() + options_.timeout;
    timer limit(loop_, deadline);
    // The attempt's number, because an expiry may be under way when the attempt ends.
    limit.async_wait([&closed, attempt = ++closed.attempts](const boost::system::error_code& error) {
        if (!error && attempt == closed.attempts && closed.socket.is_open()) closed.socket.cancel();
    });
    PostgresPollingStatusType next = closed.connection ? PGRES_POLLING_WRITING : PGRES_POLLING_FAILED;
    while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
        // Followed anew at each step: libpq may go from one address to the next.
        const auto what = next == PGRES_POLLING_READING ? asio::posix::descriptor_base::wait_read
                                                        : asio::posix::descriptor_base::wait_write;
        bool in_time = std::chrono::steady_clock::now() < deadline && closed.follow();
        if (in_time) in_time = co_await closed.ready(what);
        next = in_time ? libpq::pq().PQconnectPoll(closed.connection.get()) : PGRES_POLLING_FAILED;
    }
    ++closed.attempts;
    co_return next == PGRES_POLLING_OK&& closed.follow() &&
        libpq::pq().PQsetnonblocking(closed.connection.get(), 1) == 0;
}

awaitable<bool> async_database::query(slot& opened, std::chrono::milliseconds duration) {
    PGconn* const connection = opened.connection.get();
    if (libpq::pq().PQsendQuery(connection, libpq::sleep_query(duration).c_str()) == 0) co_return false;
    int unsent = libpq::pq().PQflush(connection);
    while (unsent > 0) {
        const bool writable = co_await opened.ready(asio::posix::descriptor_base::wait_write);
        if (!writable) co_return false;
        unsent = libpq::pq().PQflush(connection);
    }
    if (unsent < 0) co_return false;
    bool done = false;
    while (true) {
        while (libpq::pq().PQisBusy(connection) != 0) {
            const bool readable = co_await opened.ready(asio::posix::descriptor_base::wait_read);
            if (!readable || libpq::pq().PQconsumeInput(connection) == 0) co_return false;
        }
        const libpq::result got(libpq::pq().PQgetResult(connection));
        if (!got) co_return done;
        done = libpq::has_rows(got);
    }
}

}  // namespace servers
