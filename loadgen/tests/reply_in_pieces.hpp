// Reads a reply in pieces of any size: what the tests and the fuzzer hold against each other.
#pragma once

#include <algorithm>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>

#include "loadgen/reply_reader.hpp"

namespace loadgen::tests {

struct reading {
    progress before_end = progress::incomplete;  // when all the bytes have come
    progress at_end = progress::incomplete;      // when the connection has ended too
    unsigned status = 0;
    std::uint64_t bytes = 0;
    bool keep_alive = false;
    bool operator==(const reading&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const reading& r) {
    return out << "progress " << static_cast<int>(r.before_end) << ", at the end "
               << static_cast<int>(r.at_end) << ", status " << r.status << ", " << r.bytes
               << " bytes, keep-alive " << r.keep_alive;
}

// Each piece has as many bytes as next_piece() says, 0 counting as 1.
inline reading read_in_pieces(std::string_view bytes, bool is_head,
                              const std::function<std::size_t()>& next_piece, reply_limits limits = {},
                              reply_reader::known_head* known = nullptr) {
    reply_reader reader(is_head, limits, nullptr, known);
    reading result;
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, std::max<std::size_t>(next_piece(), 1));
        // A copy of its own, so that a sanitizer sees who looks beyond it, or back at it.
        result.before_end = reader.feed(std::string(piece));
        bytes.remove_prefix(piece.size());
    }
    result.keep_alive = result.before_end == progress::complete && reader.keep_alive();
    result.at_end = reader.end();
    result.status = reader.status();
    result.bytes = reader.bytes();
    return result;
}

}  // namespace loadgen::tests
