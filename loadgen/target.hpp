// The server that a URL names, http(s)://HOST:PORT/PATH or unix:/SOCKET:/PATH: checked, resolved, and refused
// where this generator cannot or must not go.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "loadgen/server_address.hpp"

namespace loadgen {

struct target {
    server_address endpoint;
    std::string host;                     // as it goes into the Host field, with the port
    std::optional<std::string> tls_host;  // of https: who the certificate is to be of
    std::string authorization;            // the header of a URL with a user in it; empty: none
    std::string path;                     // origin form, at least "/"
    std::string fault;                    // not empty: why this URL is refused, in one line
};

// `name` is what the user calls the URL.
target resolve_target(std::string_view url, bool allow_remote, std::string_view name = "URL");

// A host's name may have several addresses, of which its server listens at one: with localhost often not at
// ::1, which comes first. Tries to connect to each, for a second at most; where none accepts it is the first.
boost::asio::ip::tcp::endpoint first_that_accepts(
    const std::vector<boost::asio::ip::tcp::endpoint>& addresses);

}  // namespace loadgen
