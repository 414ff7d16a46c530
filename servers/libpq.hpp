// libpq as the two databases use it: its functions, owners for what it hands out, and the few calls that both
// make alike. It is loaded when a server is given --db, and not linked: the libraries it brings along would
// cost every other server 5 MiB of memory.
#pragma once

#include <dlfcn.h>
#include <fmt/format.h>
#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace servers::libpq {

// Throws std::runtime_error, with what the loader says, where there is no libpq.
class functions {
    void* const library_ = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);  // never closed

    template <class Function>
    Function find(const char* name) const {
        void* const found = library_ == nullptr ? nullptr : ::dlsym(library_, name);
        if (found == nullptr)
            throw std::runtime_error(fmt::format("libpq cannot be loaded: {}", ::dlerror()));
        return reinterpret_cast<Function>(found);
    }

public:
    decltype(&::PQconnectdbParams) PQconnectdbParams =
        find<decltype(&::PQconnectdbParams)>("PQconnectdbParams");
    decltype(&::PQconnectStartParams) PQconnectStartParams =
        find<decltype(&::PQconnectStartParams)>("PQconnectStartParams");
    decltype(&::PQconnectPoll) PQconnectPoll = find<decltype(&::PQconnectPoll)>("PQconnectPoll");
    decltype(&::PQstatus) PQstatus = find<decltype(&::PQstatus)>("PQstatus");
    decltype(&::PQsocket) PQsocket = find<decltype(&::PQsocket)>("PQsocket");
    decltype(&::PQsetnonblocking) PQsetnonblocking = find<decltype(&::PQsetnonblocking)>("PQsetnonblocking");
    decltype(&::PQfinish) PQfinish = find<decltype(&::PQfinish)>("PQfinish");
    decltype(&::PQexec) PQexec = find<decltype(&::PQexec)>("PQexec");
    decltype(&::PQsendQuery) PQsendQuery = find<decltype(&::PQsendQuery)>("PQsendQuery");
    decltype(&::PQflush) PQflush = find<decltype(&::PQflush)>("PQflush");
    decltype(&::PQisBusy) PQisBusy = find<decltype(&::PQisBusy)>("PQisBusy");
    decltype(&::PQconsumeInput) PQconsumeInput = find<decltype(&::PQconsumeInput)>("PQconsumeInput");
    decltype(&::PQgetResult) PQgetResult = find<decltype(&::PQgetResult)>("PQgetResult");
    decltype(&::PQresultStatus) PQresultStatus = find<decltype(&::PQresultStatus)>("PQresultStatus");
    decltype(&::PQclear) PQclear = find<decltype(&::PQclear)>("PQclear");
    decltype(&::PQconninfoParse) PQconninfoParse = find<decltype(&::PQconninfoParse)>("PQconninfoParse");
    decltype(&::PQconninfoFree) PQconninfoFree = find<decltype(&::PQconninfoFree)>("PQconninfoFree");
    decltype(&::PQfreemem) PQfreemem = find<decltype(&::PQfreemem)>("PQfreemem");
};

inline const functions& pq() {
    static const functions loaded;
    return loaded;
}

struct releaser {
    void operator()(PGconn* connection) const { pq().PQfinish(connection); }
    void operator()(PGresult* result) const { pq().PQclear(result); }
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
    return opened && pq().PQstatus(opened.get()) == CONNECTION_OK;
}

inline bool has_rows(const result& got) {
    return got && pq().PQresultStatus(got.get()) == PGRES_TUPLES_OK;
}

inline std::string sleep_query(std::chrono::milliseconds duration) {
    return fmt::format("SELECT pg_sleep({}e-3)", duration.count());
}

}  // namespace servers::libpq
