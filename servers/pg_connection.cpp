#include "servers/pg_connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "servers/database.hpp"
#include "servers/workload.hpp"

namespace servers {
namespace {

// Bounds everything: the time to connect (whole seconds, two at least), and that of a statement, which may be
// no longer than the longest wait that can be asked for.
struct parameters {
    explicit parameters(const std::string& conninfo)
        : options(fmt::format("-c statement_timeout={}", longest_part.count() + 1000)),
          values{conninfo.c_str(), "5", options.c_str(), "sync-vs-async", nullptr} {}

    std::string options;
    std::array<const char*, 5> names{"dbname", "connect_timeout", "options", "application_name", nullptr};
    std::array<const char*, 5> values;
};

}  // namespace

pg_connection open_pg(const std::string& conninfo) {
    const parameters given(conninfo);
    pg_connection opened(PQconnectdbParams(given.names.data(), given.values.data(), 1));
    return PQstatus(opened.get()) == CONNECTION_OK ? std::move(opened) : nullptr;
}

pg_connection open_pg_or_throw(const std::string& conninfo) {
    const parameters given(conninfo);
    pg_connection opened(PQconnectdbParams(given.names.data(), given.values.data(), 1));
    if (PQstatus(opened.get()) == CONNECTION_OK) return opened;
    std::string why = PQerrorMessage(opened.get());
    std::ranges::replace(why, '\n', ' ');
    throw std::runtime_error(fmt::format("--db: cannot connect to '{}': {}", conninfo, why));
}

pg_connection begin_to_open_pg(const std::string& conninfo) {
    const parameters given(conninfo);
    return pg_connection(PQconnectStartParams(given.names.data(), given.values.data(), 1));
}

std::string sleep_seconds(std::chrono::milliseconds duration) {
    return fmt::format("{:.3f}", std::chrono::duration<double>(duration).count());
}

bool has_database_client() {
    return true;
}

}  // namespace servers
