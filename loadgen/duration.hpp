// Durations as people write them on a command line: "500us", "50ms", "10s", "5m", "1h"; a bare number is
// seconds, as in wrk.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace loadgen {

// Empty when the text is not a duration, is negative or is longer than a day.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

}  // namespace loadgen
