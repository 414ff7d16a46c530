// A request that is fed bytes by a test, whole or in pieces.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "servers/request.hpp"

namespace servers {

inline constexpr request_limits small{.header_bytes = 512, .body_bytes = 64};

// Gives the request its bytes, at most `piece` of them at a time; returns how many it took before it was
// settled.
inline std::size_t feed(incoming_request& request, std::string_view bytes, std::size_t piece = 1 << 20) {
    std::size_t fed = 0;
    while (fed < bytes.size() && !request.settled()) {
        const auto room = request.room();
        const std::size_t count = std::min({room.size(), piece, bytes.size() - fed});
        std::memcpy(room.data(), bytes.data() + fed, count);
        request.received(count);
        fed += count;
    }
    return fed;
}

inline unsigned refused_with(std::string_view bytes) {
    incoming_request request(small);
    feed(request, bytes);
    if (!request.settled()) return 0;
    return request.refusal() ? request.refusal()->status : 200;
}

inline std::string with(std::string_view headers, std::string_view version = "1.1") {
    return std::string("GET /ping HTTP/")
        .append(version)
        .append("\r\nHost: x\r\n")
        .append(headers)
        .append("\r\n");
}

}  // namespace servers
