#include "servers/blocking_database.hpp"

#include "servers/libpq.hpp"

namespace servers {

struct blocking_database::slot {
    libpq::connection connection;
    backoff rest;
};

blocking_database::blocking_database(const database_options& chosen) : options_(chosen) {
    for (unsigned i = 0; i < options_.connections; ++i) {
        slots_.push_back(std::make_unique<slot>());
        idle_.push_back(slots_.back().get());
    }
    for (const auto& each : slots_) {
        if (!open(*each)) break;  // the others would only take as long
    }
}

blocking_database::~blocking_database() = default;

database_answer blocking_database::sleep(std::chrono::milliseconds duration) {
    slot* const mine = acquire();
    if (mine == nullptr) return database_answer::busy;
    bool done = false;
    try {
        done = open(*mine) && query(*mine, duration);
    } catch (...) {
        mine->connection.reset();
        release(*mine);
        throw;
    }
    if (!done) mine->connection.reset();
    release(*mine);
    return done ? database_answer::done : database_answer::lost;
}

blocking_database::slot* blocking_database::acquire() {
    std::unique_lock lock(mutex_);
    if (!idle_.empty()) {
        slot* const free = idle_.back();
        idle_.pop_back();
        return free;
    }
    waiter self;
    const auto place = queue_.insert(queue_.end(), &self);
    self.called.wait_for(lock, options_.timeout, [&self] { return self.given != nullptr; });
    if (self.given == nullptr) queue_.erase(place);
    return self.given;
}

void blocking_database::release(slot& used) {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) {
        idle_.push_back(&used);
        return;
    }
    waiter& next = *queue_.front();
    queue_.pop_front();
    next.given = &used;
    next.called.notify_one();  // under the lock, as the waiter is gone soon after
}

// True when it is open; tries to open it if it is not, unless that failed just now.
bool blocking_database::open(slot& closed) {
    if (libpq::usable(closed.connection)) return true;
    if (!closed.rest.over(backoff::clock::now())) return false;
    closed.connection = libpq::connect_by(libpq::pq().PQconnectdbParams, options_.conninfo, options_.timeout);
    const bool opened = libpq::usable(closed.connection);
    opened ? closed.rest.succeeded() : closed.rest.failed(backoff::clock::now());
    return opened;
}

bool blocking_database::query(slot& opened, std::chrono::milliseconds duration) {
    const libpq::result got(
        libpq::pq().PQexec(opened.connection.get(), libpq::sleep_query(duration).c_str()));
    return libpq::has_rows(got);
}

std::string conninfo_fault(const std::string& conninfo) try {
    char* message = nullptr;
    PQconninfoOption* const parsed = libpq::pq().PQconninfoParse(conninfo.c_str(), &message);
    std::string fault;
    if (parsed == nullptr) {
        fault = fmt::format("'{}' is not a connection string such as 'host=/run/postgresql dbname=test'",
                            conninfo);
    }
    libpq::pq().PQconninfoFree(parsed);
    libpq::pq().PQfreemem(message);
    return fault;
} catch (const std::runtime_error& error) {
    return error.what();
}

}  // namespace servers
