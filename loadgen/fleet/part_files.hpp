// The parts of a run as files: each rank's own, written when its load has ended and removed when the sum is
// kept; and the sum of those that a run has left.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "loadgen/fleet/part.hpp"

namespace loadgen {

// As output's check_writable, of the file of a rank. An older one of that name is removed.
void check_writable_part(const std::filesystem::path& folder, unsigned rank);
void write_part(const std::filesystem::path& folder, const part& one);
void remove_part(const std::filesystem::path& folder, unsigned rank);

struct merged_parts {
    part_of_run of;
    measurement measured;  // of a rank without a part its facts say that it is lost
};

// Of the files in the folder, or in the folder `parts` in it. Throws std::runtime_error that names --merge
// and the file: there are none, or they are not of one run.
merged_parts merge_parts(const std::filesystem::path& folder);

}  // namespace loadgen
