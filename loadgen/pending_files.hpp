// Files that appear together or not at all: each is written under a temporary name, then all are renamed.
// What is left unrenamed is removed. A device or a pipe is written to when the files are kept, as nothing
// could take its place; a link stays, and what it points to is replaced.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace loadgen {

class pending_files {
public:
    pending_files() = default;
    pending_files(const pending_files&) = delete;
    pending_files& operator=(const pending_files&) = delete;
    ~pending_files();

    // Throws std::runtime_error, which names the flag and the path, if that cannot be written.
    void write(std::string_view flag, const std::filesystem::path& path, const std::string& text);

    void keep();

private:
    struct written_in_place {
        std::string flag;
        std::filesystem::path path;
        std::string text;
    };
    std::vector<std::filesystem::path> paths_;
    std::vector<written_in_place> in_place_;
};

}  // namespace loadgen
