#include "loadgen/pending_files.hpp"

#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <fmt/core.h>

namespace loadgen {
namespace {

namespace fs = std::filesystem;

fs::path temporary(fs::path path) {
    return path += ".part";
}

std::runtime_error unwritten(std::string_view flag, const fs::path& path) {
    return std::runtime_error(
        fmt::format("{}: cannot write {}: {}: is the folder there and writable, and the disk not full?", flag,
                    path.string(), std::generic_category().message(errno)));
}

// That file would be gone with all that was in it, and what is printed with it.
bool is_own_output(const fs::path& path) {
    std::error_code closed;
    return fs::equivalent(path, "/dev/stdout", closed) || fs::equivalent(path, "/dev/stderr", closed);
}

void put(std::string_view flag, const fs::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) throw unwritten(flag, path);
}

}  // namespace

pending_files::~pending_files() {
    std::error_code ignored;
    for (const auto& path : paths_) fs::remove(temporary(path), ignored);
}

void pending_files::write(std::string_view flag, const fs::path& path, const std::string& text) {
    std::error_code fault;
    const auto status = fs::status(path, fault);
    if (fs::is_directory(status))
        throw std::runtime_error(fmt::format("{}: {} is a folder: name a file", flag, path.string()));
    if (fs::is_regular_file(status) && is_own_output(path))
        throw std::runtime_error(
            fmt::format("{}: {} is where the result is printed to: name another file", flag, path.string()));
    if (fs::exists(status) && !fs::is_regular_file(status)) {
        if (::access(path.c_str(), W_OK) != 0) throw unwritten(flag, path);
        in_place_.push_back({std::string(flag), path, text});
        return;
    }
    const auto target = fs::weakly_canonical(path, fault);
    paths_.push_back(fault ? path : target);
    put(flag, temporary(paths_.back()), text);
}

void pending_files::keep() {
    for (const auto& [flag, path, text] : in_place_) put(flag, path, text);
    for (const auto& path : paths_) fs::rename(temporary(path), path);
    paths_.clear();
}

}  // namespace loadgen
