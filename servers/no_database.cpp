// The two databases in a build without libpq: there are none, and --db says so.
#include <stdexcept>

#include "servers/async_database.hpp"
#include "servers/blocking_database.hpp"

namespace servers {

std::string conninfo_fault(const std::string&) {
    return "this build has no PostgreSQL: install libpq-dev and build again";
}

struct blocking_database::slot {};
blocking_database::blocking_database(const database_options& chosen) : options_(chosen) {
    throw std::runtime_error("--db: " + conninfo_fault(chosen.conninfo));
}
blocking_database::~blocking_database() = default;
database_answer blocking_database::sleep(std::chrono::milliseconds) {
    return database_answer::absent;
}

struct async_database::slot {};
async_database::async_database(boost::asio::io_context& loop, const database_options& chosen)
    : loop_(loop), options_(chosen) {
    throw std::runtime_error("--db: " + conninfo_fault(chosen.conninfo));
}
async_database::~async_database() = default;
awaitable<database_answer> async_database::sleep(std::chrono::milliseconds) {
    co_return database_answer::absent;
}

}  // namespace servers
