#include "servers/reply.hpp"

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

// Put together of pieces, as few as there are, and not formatted, as this is done for every request.
void render(const reply& what, bool keep_alive, std::string& wire) {
    wire.clear();
    wire.reserve(usual_bytes);
    if (what.status == 200) {
        wire += "HTTP/1.1 200 OK\r\nDate: ";
    } else {
        const boost::beast::string_view reason =
            obsolete_reason(boost::beast::http::int_to_status(what.status));
        fmt::format_to(std::back_inserter(wire), "HTTP/1.1 {} {}\r\nDate: ", what.status,
                       std::string_view(reason.data(), reason.size()));
    }
    const fmt::format_int length(what.body().size());
    wire += date_now();
    wire += "\r\nContent-Type: application/json\r\nContent-Length: ";
    wire.append(length.data(), length.size());
    wire += keep_alive ? "\r\nConnection: keep-alive\r\n" : "\r\nConnection: close\r\n";
    if (!what.allow.empty()) wire.append("Allow: ").append(what.allow).append("\r\n");
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
