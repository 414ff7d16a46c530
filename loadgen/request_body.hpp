// What --body names: a text, or as in curl a file. The bytes go over the wire as they are.
#pragma once

#include <cstddef>
#include <string>

namespace loadgen {

inline constexpr std::size_t most_body_bytes = 64 * 1024 * 1024;  // each class of the mix has a copy

struct request_body {
    std::string bytes;
    std::string fault;  // not empty: why the file cannot be sent, and what else to write
};

// "@FILE" is what the file holds, "@@text" is "@text", anything else is itself.
request_body read_body(const std::string& text);

}  // namespace loadgen
