#include "loadgen/target.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <boost/asio/io_context.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace loadgen {
namespace {

namespace asio = boost::asio;

target refused(std::string why) {
    target result;
    result.fault = std::move(why);
    return result;
}

}  // namespace

target resolve_target(std::string_view url, bool allow_remote) {
    const auto parsed = boost::urls::parse_uri({url.data(), url.size()});
    if (!parsed) return refused(fmt::format("URL '{}': is not of the form http://HOST:PORT/PATH", url));
    const boost::urls::url_view& view = *parsed;
    if (view.scheme_id() == boost::urls::scheme::https)
        return refused(fmt::format(
            "URL '{}': https is not supported, this tool measures servers without TLS: use http://", url));
    if (view.scheme_id() != boost::urls::scheme::http)
        return refused(fmt::format("URL '{}': does not begin with http://", url));
    const std::string host(view.host_address());
    if (host.empty()) return refused(fmt::format("URL '{}': names no host", url));
    if (view.has_port() && (view.port_number() == 0))
        return refused(fmt::format("URL '{}': the port is not a number from 1 to 65535", url));
    const auto port = view.has_port() ? view.port_number() : std::uint16_t{80};

    asio::io_context context;
    asio::ip::tcp::resolver resolver(context);
    boost::system::error_code fault;
    const auto found = resolver.resolve(host, std::to_string(port), fault);
    if (fault || found.empty())
        return refused(
            fmt::format("URL '{}': the host '{}' cannot be resolved: {}", url, host, fault.message()));
    target result;
    result.endpoint = found.begin()->endpoint();
    if (!allow_remote && !result.endpoint.address().is_loopback())
        return refused(
            fmt::format("URL '{}': {} is not this machine; --allow-remote if you may load that server", url,
                        result.endpoint.address().to_string()));
    result.host = std::string(view.encoded_host_and_port());
    result.path = std::string(view.encoded_target());
    if (result.path.empty() || result.path.front() != '/') result.path.insert(0, "/");
    return result;
}

}  // namespace loadgen
