// Where a server listens: a TCP port, or a unix socket.
#pragma once

#include <string>

#include <boost/asio/generic/stream_protocol.hpp>

namespace loadgen {

using server_address = boost::asio::generic::stream_protocol::endpoint;

std::string name_of(const server_address& address);  // "127.0.0.1:8080", "[::1]:8080", "unix:/run/server"
bool is_local_socket(const server_address& address);
bool is_loopback(const server_address& address);  // a port of this machine, reached by its loopback

}  // namespace loadgen
