// Owners for what libpq hands out, and the few calls that both databases make alike. For the two databases
// only.
#pragma once

#include <fmt/format.h>
#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>

namespace servers::libpq {

struct releaser {
    void operator()(PGconn* connection) const { PQfinish(connection); }
    void operator()(PGresult* result) const { PQclear(result); }
};
using connection = std::unique_ptr<PGconn, releaser>;
using result = std::unique_ptr<PGresult, releaser>;

// Calls PQconnectdbParams or PQconnectStartParams. libpq's own limit of time counts in seconds, at least two.
template <class Connect>
connection connect_by(Connect call, const std::string& conninfo, std::chrono::milliseconds limit) {
    const std::string seconds = fmt::to_string(std::chrono::ceil<std::chrono::seconds>(limit).count());
    const std::array<const char*, 3> names{"dbname", "connect_timeout", nullptr};
    const std::array<const char*, 3> values{conninfo.c_str(), seconds.c_str(), nullptr};
    return connection(call(names.data(), values.data(), 1));  // 1: "dbname" is a whole connection string
}

inline bool usable(const connection& opened) {
    return opened && PQstatus(opened.get()) == CONNECTION_OK;
}

inline bool has_rows(const result& got) {
    return got && PQresultStatus(got.get()) == PGRES_TUPLES_OK;
}

inline std::string sleep_query(std::chrono::milliseconds duration) {
    return fmt::format("SELECT pg_sleep({}e-3)", duration.count());
}

}  // namespace servers::libpq
