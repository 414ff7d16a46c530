// The blocking database in a build without libpq: there is none, and --db says so.
#include <stdexcept>

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

}  // namespace servers
