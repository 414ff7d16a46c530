#include "servers/reply.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <iterator>
#include <utility>

namespace servers {

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
    const auto out = std::back_inserter(wire);
    // Compiled, as this is done for every request.
    fmt::format_to(out,
                   FMT_COMPILE("HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n"
                               "Connection: {}\r\n"),
                   what.status, std::string_view(reason.data(), reason.size()), what.body().size(),
                   keep_alive ? "keep-alive" : "close");
    if (!what.allow.empty()) fmt::format_to(out, "Allow: {}\r\n", what.allow);
    wire += "\r\n";
    if (!what.head) wire += what.body();
}

}  // namespace servers
