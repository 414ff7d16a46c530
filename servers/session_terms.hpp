// What a server hands to all of its sessions, blocking or async, besides what they wait through.
#pragma once

#include <functional>
#include <string>

#include "servers/options.hpp"
#include "servers/work.hpp"

namespace servers {

struct session_terms {
    const options& limits;               // of time and of size
    std::function<std::string()> stats;  // the body of /stats
    bool keep_open;                      // a connection, for more requests than one
    handicap burden;
};

}  // namespace servers
