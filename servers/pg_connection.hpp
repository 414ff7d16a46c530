// A connection to PostgreSQL, closed when it goes out of scope; and how it is opened, by waiting for it or
// not.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>

namespace servers {

struct pg_closer {
    void operator()(PGconn* connection) const { PQfinish(connection); }
    void operator()(PGresult* result) const { PQclear(result); }
};
using pg_connection = std::unique_ptr<PGconn, pg_closer>;
using pg_result = std::unique_ptr<PGresult, pg_closer>;

// Waits until it is open or has failed. `conninfo` is what libpq takes: host=/run/postgresql dbname=postgres
[[nodiscard]] pg_connection open_pg(const std::string& conninfo);
// The same at the start of a server. Throws std::runtime_error that names --db and says what libpq says.
[[nodiscard]] pg_connection open_pg_or_throw(const std::string& conninfo);
// The first step only; PQconnectPoll takes the others.
[[nodiscard]] pg_connection begin_to_open_pg(const std::string& conninfo);

// The one query, SELECT pg_sleep: its text, and its parameter in seconds.
inline constexpr const char* sleep_query = "SELECT pg_sleep($1)";
[[nodiscard]] std::string sleep_seconds(std::chrono::milliseconds duration);

// How long a connection that could not be reopened is left alone.
inline constexpr std::chrono::milliseconds reopen_pause{200};

}  // namespace servers
