// What a flag's value names: a text, or as in curl a file; and files that list something.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace loadgen {

inline constexpr std::size_t most_file_bytes = 64 * 1024 * 1024;  // of a body each class has a copy

struct file_text {
    std::string bytes;  // as they are
    std::string fault;  // not empty: why the file cannot be taken, and what else to write
};

// "@FILE" is what the file holds, "@@text" is "@text", anything else is itself.
file_text text_or_file(const std::string& value);

// Gives each line to `take`, without the blanks around it and without a comment, which begins with #; lines
// that are empty then are left out. `take` returns what is wrong with it, and so does this, with the number
// of the first such line, or with what is wrong with the file. Empty: nothing is.
std::string read_list(const std::string& path, const std::function<std::string(std::string_view)>& take);

}  // namespace loadgen
