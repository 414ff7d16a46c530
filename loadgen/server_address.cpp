#include "loadgen/server_address.hpp"

#include <cstring>

#include <fmt/core.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace loadgen {
namespace {

template <class Endpoint>
Endpoint as(const server_address& address) {
    Endpoint result;
    std::memcpy(result.data(), address.data(), address.size());
    result.resize(address.size());  // looks at what is there: the end of a path may be a zero
    return result;
}

}  // namespace

bool is_local_socket(const server_address& address) {
    return address.protocol().family() == AF_UNIX;
}

bool is_loopback(const server_address& address) {
    return !is_local_socket(address) && as<boost::asio::ip::tcp::endpoint>(address).address().is_loopback();
}

std::string name_of(const server_address& address) {
    if (is_local_socket(address))
        return "unix:" + as<boost::asio::local::stream_protocol::endpoint>(address).path();
    const auto place = as<boost::asio::ip::tcp::endpoint>(address);
    const auto host = place.address().to_string();
    return place.address().is_v6() ? fmt::format("[{}]:{}", host, place.port())
                                   : fmt::format("{}:{}", host, place.port());
}

}  // namespace loadgen
