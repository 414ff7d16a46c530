#include "loadgen/request_body.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/core.h>

namespace loadgen {

request_body read_body(const std::string& text) {
    if (!text.starts_with('@')) return {text, {}};
    if (text.starts_with("@@")) return {text.substr(1), {}};
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(text.c_str() + 1, "rb"),
                                                               [](auto* f) { return std::fclose(f); });
    request_body result;
    char part[64 * 1024];
    std::size_t got = 0;
    while (file && result.bytes.size() <= most_body_bytes &&
           (got = std::fread(part, 1, sizeof part, file.get())) > 0)
        result.bytes.append(part, got);
    if (!file || std::ferror(file.get()) != 0)
        result.fault = fmt::format("cannot be read ({}); a text that begins with @ is written '@{}'",
                                   std::strerror(errno), text);
    else if (result.bytes.size() > most_body_bytes)
        result.fault = fmt::format("holds more than the {} MiB that may be sent", most_body_bytes >> 20);
    return result;
}

}  // namespace loadgen
