// The database of event loops in a build without libpq: there is none, and --db says so.
#include <stdexcept>

#include "servers/async_database.hpp"

namespace servers {

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
