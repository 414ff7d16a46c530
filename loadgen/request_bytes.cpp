#include "loadgen/request_bytes.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/core.h>

namespace loadgen {
namespace {

// tchar of RFC 9110, section 5.6.2.
bool is_token_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool has_name(std::string_view header, std::string_view lower_name) {
    const auto name = header.substr(0, header.find(':'));
    return std::equal(name.begin(), name.end(), lower_name.begin(), lower_name.end(),
                      [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

}  // namespace

std::string fault_in_header(std::string_view header) {
    const auto colon = header.find(':');
    if (colon == std::string_view::npos || colon == 0) return "is not 'Name: value'";
    if (!std::all_of(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(colon), is_token_char))
        return "has a name with a character that HTTP does not allow there";
    if (header.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
        return "holds a line break or a NUL";
    if (has_name(header, "content-length") || has_name(header, "transfer-encoding"))
        return "would contradict --body, which sets the length";
    return {};
}

std::string request_bytes(const request_shape& shape, std::string_view target) {
    auto bytes = fmt::format("{} {} HTTP/1.1\r\n", shape.method, target);
    const auto has = [&](std::string_view name) {
        return std::any_of(shape.headers.begin(), shape.headers.end(),
                           [&](const auto& h) { return has_name(h, name); });
    };
    if (!has("host")) bytes += fmt::format("Host: {}\r\n", shape.host);
    for (const auto& header : shape.headers) bytes += header + "\r\n";
    if (!shape.keep && !has("connection")) bytes += "Connection: close\r\n";
    const bool expects_body = shape.method == "POST" || shape.method == "PUT" || shape.method == "PATCH";
    if (!shape.body.empty() || expects_body)
        bytes += fmt::format("Content-Length: {}\r\n", shape.body.size());
    return bytes + "\r\n" + shape.body;
}

}  // namespace loadgen
