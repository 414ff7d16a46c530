// Files that appear together or not at all: each is written under a temporary name, then all are renamed.
// What is left unrenamed is removed.
#pragma once

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/core.h>

namespace loadgen {

class pending_files {
public:
    pending_files() = default;
    pending_files(const pending_files&) = delete;
    pending_files& operator=(const pending_files&) = delete;
    ~pending_files() {
        std::error_code ignored;
        for (const auto& path : paths_) std::filesystem::remove(temporary(path), ignored);
    }

    void write(std::string_view flag, const std::filesystem::path& path, const std::string& text) {
        paths_.push_back(path);
        std::ofstream file(temporary(path), std::ios::binary);
        file << text;
        file.close();
        if (!file)
            throw std::runtime_error(fmt::format(
                "{}: cannot write {}: {}: is the folder there and writable, and the disk not full?", flag,
                temporary(path).string(), std::generic_category().message(errno)));
    }

    void keep() {
        for (const auto& path : paths_) std::filesystem::rename(temporary(path), path);
        paths_.clear();
    }

private:
    static std::filesystem::path temporary(std::filesystem::path path) { return path += ".part"; }

    std::vector<std::filesystem::path> paths_;
};

}  // namespace loadgen
