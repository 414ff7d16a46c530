// How this program was built, for run.json: results of different builds must not be mistaken for each other.
#pragma once

#include <string>

namespace loadgen {

std::string build_info_json();
std::string version_text();  // a line

}  // namespace loadgen
