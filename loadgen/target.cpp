#include "loadgen/target.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <vector>

#include <fmt/core.h>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "loadgen/request_bytes.hpp"

namespace loadgen {
namespace {

namespace asio = boost::asio;

constexpr auto longest_probe = std::chrono::seconds(1);

bool accepts(const asio::ip::tcp::endpoint& address) {
    boost::system::error_code fault = asio::error::timed_out;
    asio::io_context context;
    asio::ip::tcp::socket probe(context);
    probe.async_connect(address, [&fault](auto result) { fault = result; });
    context.run_for(longest_probe);
    return !fault;
}

// 80 where the URL has none, 0 where it is no port. Not the view's port_number(), which makes 34463 of 99999.
std::uint16_t port_of(const boost::urls::url_view& url) {
    if (!url.has_port()) return 80;
    std::uint16_t port = 0;
    const auto digits = url.port();
    const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return wrong == std::errc() ? port : std::uint16_t{0};
}

// Empty when the URL is one that this tool can load, otherwise what is wrong with it.
std::string fault_in_url(std::string_view url) {
    // Before it is parsed, as the parser tells that something is wrong and not what.
    const auto host_at = url.find("://");
    const auto path_at = host_at == std::string_view::npos ? host_at : url.find_first_of("/?#", host_at + 3);
    if (path_at != std::string_view::npos)
        if (const auto wrong = fault_in_target(url.substr(path_at)); !wrong.empty())
            return fmt::format("the target '{}' {}", url.substr(path_at), wrong);
    const auto parsed = boost::urls::parse_uri({url.data(), url.size()});
    if (!parsed) return "is not of the form http://HOST:PORT/PATH";
    if (parsed->scheme_id() == boost::urls::scheme::https)
        return "https is not supported, this tool measures servers without TLS: use http://";
    if (parsed->scheme_id() != boost::urls::scheme::http) return "does not begin with http://";
    if (parsed->host_address().empty()) return "names no host";
    if (parsed->has_userinfo())
        return "the user and password before the @ are not sent: leave them out and give their base64 with "
               "-H 'Authorization: Basic ...'";
    return port_of(*parsed) > 0 ? "" : "the port is not a number from 1 to 65535";
}

}  // namespace

target resolve_target(std::string_view url, bool allow_remote, std::string_view name) {
    target result;
    const auto refuse = [&](const std::string& why) {
        result.fault = fmt::format("{} '{}': {}", name, url, why);
        return result;
    };
    if (const auto wrong = fault_in_url(url); !wrong.empty()) return refuse(wrong);
    const auto view = *boost::urls::parse_uri({url.data(), url.size()});
    const std::string host(view.host_address());

    asio::io_context context;
    asio::ip::tcp::resolver resolver(context);
    boost::system::error_code fault;
    const auto found = resolver.resolve(host, std::to_string(port_of(view)), fault);
    if (fault || found.empty())
        return refuse(fmt::format("the host '{}' cannot be resolved: {}", host, fault.message()));
    std::vector<asio::ip::tcp::endpoint> allowed;
    for (const auto& entry : found)
        if (allow_remote || entry.endpoint().address().is_loopback()) allowed.push_back(entry.endpoint());
    if (allowed.empty())
        return refuse(fmt::format("{} is not this machine; --allow-remote if you may load that server",
                                  found.begin()->endpoint().address().to_string()));
    result.endpoint = allowed.size() == 1 ? allowed.front() : first_that_accepts(allowed);
    result.host = std::string(view.encoded_host_and_port());
    result.path = std::string(view.encoded_target());
    if (result.path.empty() || result.path.front() != '/') result.path.insert(0, "/");
    return result;
}

asio::ip::tcp::endpoint first_that_accepts(const std::vector<asio::ip::tcp::endpoint>& addresses) {
    const auto found = std::ranges::find_if(addresses, accepts);
    return found == addresses.end() ? addresses.front() : *found;
}

}  // namespace loadgen
