#include "servers/blocking_database.hpp"

#include "servers/pg_connection.hpp"

namespace servers {

struct blocking_database::slot {
    pg_connection connection;
    std::chrono::steady_clock::time_point left_alone_until;
};

blocking_database::blocking_database(std::string conninfo, unsigned connections,
                                     std::chrono::milliseconds timeout)
    : conninfo_(std::move(conninfo)), timeout_(timeout) {
    for (unsigned i = 0; i < connections; ++i) {
        slots_.push_back(std::make_unique<slot>(open_pg_or_throw(conninfo_)));
        idle_.push_back(slots_.back().get());
    }
}

blocking_database::~blocking_database() = default;

database_answer blocking_database::sleep(std::chrono::milliseconds duration) {
    slot* const mine = take();
    if (mine == nullptr) return database_answer::none_free;
    const bool done = ask(*mine, duration);
    give_back(*mine);
    return done ? database_answer::done : database_answer::lost;
}

blocking_database::slot* blocking_database::take() {
    std::unique_lock lock(mutex_);
    const std::uint64_t ticket = next_ticket_++;
    waiting_.push_back(ticket);
    const bool got =
        freed_.wait_for(lock, timeout_, [&] { return !idle_.empty() && waiting_.front() == ticket; });
    std::erase(waiting_, ticket);
    slot* mine = nullptr;
    if (got) {
        mine = idle_.back();
        idle_.pop_back();
    }
    freed_.notify_all();  // somebody else is the first in turn now
    return mine;
}

void blocking_database::give_back(slot& mine) {
    {
        const std::lock_guard lock(mutex_);
        idle_.push_back(&mine);
    }
    freed_.notify_all();
}

bool blocking_database::ask(slot& mine, std::chrono::milliseconds duration) {
    if (!mine.connection && !reopen(mine)) return false;
    const std::string seconds = sleep_seconds(duration);
    const char* const values[] = {seconds.c_str()};
    const pg_result result(
        PQexecParams(mine.connection.get(), sleep_query, 1, nullptr, values, nullptr, nullptr, 0));
    const bool done = PQresultStatus(result.get()) == PGRES_TUPLES_OK;
    if (!done) mine.connection.reset();
    return done;
}

bool blocking_database::reopen(slot& mine) {
    if (std::chrono::steady_clock::now() < mine.left_alone_until) return false;
    mine.connection = open_pg(conninfo_);
    mine.left_alone_until = std::chrono::steady_clock::now() + reopen_pause;
    return mine.connection != nullptr;
}

}  // namespace servers
