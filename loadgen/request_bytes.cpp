#include "loadgen/request_bytes.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "loadgen/http_text.hpp"

namespace loadgen {
namespace {

bool has_name(std::string_view header, std::string_view lower_name) {
    return equals_in_any_case(header.substr(0, header.find(':')), lower_name);
}

auto count_of(const request_shape& shape, std::string_view lower_name) {
    return std::ranges::count_if(shape.headers,
                                 [lower_name](const auto& h) { return has_name(h, lower_name); });
}

// Whether a Connection header has this among its options, a list with commas.
bool connection_says(const request_shape& shape, std::string_view option) {
    for (const auto& header : shape.headers) {
        if (!has_name(header, "connection")) continue;
        auto rest = std::string_view(header).substr(header.find(':'));
        while (!rest.empty()) {
            rest.remove_prefix(1);
            const auto end = std::min(rest.find(','), rest.size());
            if (equals_in_any_case(trimmed(rest.substr(0, end)), option)) return true;
            rest.remove_prefix(end);
        }
    }
    return false;
}

}  // namespace

std::string fault_in_header(std::string_view header) {
    const auto colon = header.find(':');
    if (colon == std::string_view::npos || colon == 0) return "is not 'Name: value'";
    if (!is_token(header.substr(0, colon)))
        return "has a name with a character that HTTP does not allow there";
    if (std::ranges::any_of(header, [](char c) { return c != '\t' && is_control(c); }))
        return "holds a line break or another control character: leave it out";
    if (has_name(header, "content-length") || has_name(header, "transfer-encoding"))
        return "would contradict --body, which sets the length";
    return {};
}

std::string fault_in_headers(const request_shape& shape) {
    if (count_of(shape, "host") > 1) return "Host is given more than once, and a request has one";
    if (shape.keep && connection_says(shape, "close"))
        return "'Connection: close' contradicts kept connections: use --connection-mode fresh, which sends "
               "it";
    if (!shape.keep && connection_says(shape, "keep-alive"))
        return "'Connection: keep-alive' contradicts fresh connections: leave it or --connection-mode fresh "
               "out";
    return {};
}

std::string fault_in_target(std::string_view target) {
    if (target.find('#') != std::string_view::npos)
        return "has a fragment, which is never sent: leave it out, or write %23 for a # that is to be sent";
    const auto encoded = percent_encoded(target);
    if (encoded == target) return {};
    return fmt::format("holds characters that a request line cannot: percent-encode it as {}", encoded);
}

bool has_header(const request_shape& shape, std::string_view lower_name) {
    return count_of(shape, lower_name) > 0;
}

std::string request_bytes(const request_shape& shape, std::string_view target) {
    auto bytes = fmt::format("{} {} HTTP/1.1\r\n", shape.method, target);
    if (count_of(shape, "host") == 0) bytes += fmt::format("Host: {}\r\n", shape.host);
    for (const auto& header : shape.headers) bytes += header + "\r\n";
    if (!shape.keep && !connection_says(shape, "close")) bytes += "Connection: close\r\n";
    const bool expects_body = shape.method == "POST" || shape.method == "PUT" || shape.method == "PATCH";
    if (!shape.body.empty() || expects_body)
        bytes += fmt::format("Content-Length: {}\r\n", shape.body.size());
    return bytes + "\r\n" + shape.body;
}

}  // namespace loadgen
