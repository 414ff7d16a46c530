#include "servers/reply.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <iterator>
#include <utility>

#include "servers/date.hpp"

namespace servers {
namespace {

constexpr std::size_t usual_bytes = 256;

constexpr std::string_view overloaded_start = "HTTP/1.1 503 Service Unavailable\r\nDate: ";
constexpr std::string_view overloaded_end =
    "\r\nContent-Type: application/json\r\nContent-Length: 36\r\n"
    "Connection: close\r\n\r\n{\"error\":\"the server is overloaded\"}";
static_assert(overloaded_start.size() + date_bytes + overloaded_end.size() == fixed_reply{}.size());

}  // namespace

reply error_reply(unsigned status, std::string_view message) {
    // JSON is UTF-8, and what a client sent need not be.
    boost::json::string text(message.size(), '?');
    std::ranges::replace_copy_if(
        message, text.begin(), [](unsigned char c) { return c >= 0x80; }, '?');
    return {.status = status, .made = boost::json::serialize(boost::json::value{{"error", std::move(text)}})};
}

void render(const reply& what, bool keep_alive, std::string& wire) {
    const boost::beast::string_view reason = obsolete_reason(boost::beast::http::int_to_status(what.status));
    wire.clear();
    wire.reserve(usual_bytes);
    const auto out = std::back_inserter(wire);
    // Compiled, as this is done for every request.
    fmt::format_to(out,
                   FMT_COMPILE("HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: application/json\r\n"
                               "Content-Length: {}\r\nConnection: {}\r\n"),
                   what.status, std::string_view(reason.data(), reason.size()), date_now(),
                   what.body().size(), keep_alive ? "keep-alive" : "close");
    if (!what.allow.empty()) fmt::format_to(out, "Allow: {}\r\n", what.allow);
    wire += "\r\n";
    if (!what.head) wire += what.body();
}

fixed_reply overloaded_reply() {
    fixed_reply wire{};
    char* end = wire.data();
    for (const std::string_view each : {overloaded_start, date_now(), overloaded_end}) {
        end = std::ranges::copy(each, end).out;
    }
    return wire;
}

}  // namespace servers
