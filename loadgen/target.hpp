// The server that a URL names: checked, resolved, and refused where this generator cannot or must not go.
#pragma once

#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

namespace loadgen {

struct target {
    boost::asio::ip::tcp::endpoint endpoint;
    std::string host;   // as it goes into the Host field, with the port
    std::string path;   // origin form, at least "/"
    std::string fault;  // not empty: why this URL is refused, in one line
};

target resolve_target(std::string_view url, bool allow_remote);

}  // namespace loadgen
