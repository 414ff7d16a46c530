// How a request ended. Every scheduled request has exactly one outcome, so the outcomes add up to the
// requests. The list lives here once: counters are indexed by it, CSV columns and the text summary take their
// names from it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace loadgen {

enum class outcome : std::uint8_t {
    ok,
    http_error,      // a complete reply, but not as expected: in its status (2xx, unless told) or its body
    connect_failed,  // no connection could be opened for it
    timed_out,       // --timeout passed since it was due
    reset,           // the connection ended before the reply's first byte
    truncated,       // the connection ended inside the reply
    malformed,       // the reply was not HTTP, or bytes followed its end
    unfinished,      // still open, or never sent, when the run ended
};

inline constexpr std::array<std::string_view, 8> outcome_names{
    "ok", "http_error", "connect_failed", "timed_out", "reset", "truncated", "malformed", "unfinished"};
inline constexpr std::size_t outcome_count = outcome_names.size();

constexpr std::size_t index_of(outcome value) {
    return static_cast<std::size_t>(value);
}
constexpr std::string_view name_of(outcome value) {
    return outcome_names.at(index_of(value));
}

}  // namespace loadgen
