// Writes what `csv` describes: the four files of a run, the flat JSON object and the schema.
#pragma once

#include <filesystem>
#include <string>

#include "loadgen/csv.hpp"

namespace loadgen {

// Each file is written under a temporary name and renamed, so a reader never sees half of one.
// Throws std::runtime_error naming the file when that fails.
void write_files(const std::filesystem::path& folder, const summary& run, const measurement& measured);

// The latencies of all requests as hdr_text has them, those of failed ones at the bound they reached.
void write_hdr(const std::filesystem::path& file, const recorder& record);

std::string json_of(const summary& run);  // one flat object whose keys are the columns of summary.csv
std::string schema_json();  // a Frictionless Data Package: one resource with a Table Schema per file

}  // namespace loadgen
