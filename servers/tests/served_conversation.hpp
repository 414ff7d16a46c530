// A conversation with a server that listens: what it sends to a client of any bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "servers/options.hpp"
#include "servers/tests/client.hpp"
#include "servers/tests/conversation.hpp"

namespace servers::tests {

inline options fuzzed_options(unsigned threads, bool keep = false) {
    return {.port = 0,
            .threads = threads,
            .keep = keep,
            .max_header_bytes = fuzzed_limits.header_bytes,
            .max_body_bytes = fuzzed_limits.body_bytes,
            .linger_timeout = std::chrono::milliseconds(200)};
}

// Whether a server would say the same, and at once: its counters are its own.
inline bool can_be_served(const conversation& held) {
    return std::ranges::all_of(held.answers,
                               [](const answer& each) { return each.immediate && !each.countable; });
}

// All that the server sends until it closes, to a client that sends `bytes` in two pieces and closes its end.
inline std::string received_from(std::uint16_t port, std::string_view bytes, std::size_t cut) {
    client one(port);
    one.send(bytes.substr(0, cut));
    one.send(bytes.substr(cut));
    one.finish_sending();
    return one.receive_all();
}

}  // namespace servers::tests
