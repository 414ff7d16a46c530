// In the place of pg_connection, blocking_database and async_database where the build found no libpq: --db is
// refused as it is read, so that nothing here is ever asked.
#include <stdexcept>

#include "servers/async_database.hpp"
#include "servers/blocking_database.hpp"

namespace servers {
namespace {

[[noreturn]] void no_libpq() {
    throw std::runtime_error("--db: this build has no libpq; install libpq-dev and build again");
}

}  // namespace

bool has_database_client() {
    return false;
}

struct blocking_database::slot {};

blocking_database::blocking_database(std::string, unsigned, std::chrono::milliseconds timeout)
    : timeout_(timeout) {
    no_libpq();
}

blocking_database::~blocking_database() = default;

database_answer blocking_database::sleep(std::chrono::milliseconds) {
    return database_answer::lost;
}

struct async_database::slot {};

async_database::async_database(boost::asio::io_context& context, std::string, unsigned,
                               std::chrono::milliseconds timeout)
    : context_(context), timeout_(timeout) {
    no_libpq();
}

async_database::~async_database() = default;

awaitable<database_answer> async_database::sleep(std::chrono::milliseconds) {
    co_return database_answer::lost;
}

}  // namespace servers
