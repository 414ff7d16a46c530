#include "loadgen/target.hpp"

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <vector>

#include <fmt/core.h>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "loadgen/http_text.hpp"
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

// 80 or 443 where the URL has none, 0 where it is no port. Not the view's port_number(), which makes 34463 of
// 99999.
std::uint16_t port_of(const boost::urls::url_view& url) {
    if (!url.has_port()) return url.scheme_id() == boost::urls::scheme::https ? 443 : 80;
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
    if (!parsed) return "is not of the form http://HOST:PORT/PATH or unix:/SOCKET:/PATH";
    if (parsed->scheme_id() != boost::urls::scheme::http && parsed->scheme_id() != boost::urls::scheme::https)
        return "does not begin with http://, https:// or unix:";
    if (parsed->host_address().empty()) return "names no host";
    return port_of(*parsed) > 0 ? "" : "the port is not a number from 1 to 65535";
}

// unix:/SOCKET:/PATH. The path begins at the last ":/" before its query: a socket's name may have one too.
target local_target(std::string_view url, const std::function<target(const std::string&)>& refuse) {
    constexpr std::string_view scheme = "unix:";
    constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
    const auto rest = url.substr(scheme.size());
    const auto colon = std::min(rest.substr(0, rest.find('?')).rfind(":/"), rest.size());
    const std::string socket(rest.substr(0, colon));
    target result;
    result.path = rest.substr(std::min(colon + 1, rest.size()));
    if (result.path.empty()) result.path = "/";
    if (!socket.starts_with('/')) return refuse("is not of the form unix:/SOCKET:/PATH");
    if (socket.size() > longest)
        return refuse(fmt::format("the socket's path has more than {} bytes", longest));
    if (const auto wrong = fault_in_target(result.path); !wrong.empty())
        return refuse(fmt::format("the target '{}' {}", result.path, wrong));
    result.endpoint = asio::local::stream_protocol::endpoint(socket);
    result.host = "localhost";
    return result;
}

}  // namespace

target resolve_target(std::string_view url, bool allow_remote, std::string_view name) {
    target result;
    const auto refuse = [&](const std::string& why) {
        result.fault = fmt::format("{} '{}': {}", name, url, why);
        return result;
    };
    if (url.starts_with("unix:")) return local_target(url, refuse);
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
    if (view.scheme_id() == boost::urls::scheme::https) result.tls_host = host;
    if (view.has_userinfo())
        result.authorization = "Authorization: Basic " + base64(view.user() + ":" + view.password());
    result.path = std::string(view.encoded_target());
    if (result.path.empty() || result.path.front() != '/') result.path.insert(0, "/");
    return result;
}

asio::ip::tcp::endpoint first_that_accepts(const std::vector<asio::ip::tcp::endpoint>& addresses) {
    const auto found = std::ranges::find_if(addresses, accepts);
    return found == addresses.end() ? addresses.front() : *found;
}

}  // namespace loadgen
