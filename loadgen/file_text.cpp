#include "loadgen/file_text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/core.h>

#include "loadgen/http_text.hpp"

namespace loadgen {
namespace {

file_text read_file(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                               [](auto* f) { return std::fclose(f); });
    file_text result;
    char part[64 * 1024];
    std::size_t got = 0;
    while (file && result.bytes.size() <= most_file_bytes &&
           (got = std::fread(part, 1, sizeof part, file.get())) > 0)
        result.bytes.append(part, got);
    if (!file || std::ferror(file.get()) != 0)
        result.fault = fmt::format("cannot be read ({})", std::strerror(errno));
    else if (result.bytes.size() > most_file_bytes)
        result.fault = fmt::format("holds more than {} MiB", most_file_bytes >> 20);
    return result;
}

}  // namespace

file_text text_or_file(const std::string& value) {
    if (!value.starts_with('@')) return {value, {}};
    if (value.starts_with("@@")) return {value.substr(1), {}};
    auto file = read_file(value.substr(1));
    if (!file.fault.empty()) file.fault += fmt::format("; a text that begins with @ is written '@{}'", value);
    return file;
}

std::string read_list(const std::string& path, const std::function<std::string(std::string_view)>& take) {
    const auto file = read_file(path);
    if (!file.fault.empty()) return file.fault;
    std::size_t number = 0, taken = 0;
    for (auto rest = std::string_view(file.bytes); !rest.empty();) {
        auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        ++number;
        line = trimmed(line.substr(0, line.find_first_of("#\r")));
        if (line.empty()) continue;
        if (const auto fault = take(line); !fault.empty()) return fmt::format("line {}: {}", number, fault);
        ++taken;
    }
    return taken > 0 ? "" : "has nothing in it";
}

}  // namespace loadgen
