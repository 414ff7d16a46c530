// Writes a run: the CSV files, and the JSON object of `--json`.
#pragma once

#include <filesystem>
#include <string>

#include "loadgen/duel.hpp"
#include "loadgen/summary.hpp"

namespace loadgen {

// Makes the folder and writes a byte where the files will be, and removes it: what cannot be written is found
// before the load. Empty paths are not wanted. Throws std::runtime_error naming the flag and the file.
void check_writable(const std::filesystem::path& folder, const std::filesystem::path& hdr);

// The CSV files into the folder; to `hdr` the latencies of all requests as hdr_text has them, those of failed
// ones at the bound they reached. All files appear whole, or none does. Throws as `check_writable` does.
void write_files(const std::filesystem::path& folder, const std::filesystem::path& hdr, const summary& run,
                 const measurement& measured);

// The same of a duel: summary.csv, classes.csv and latency.csv of both sides, and slices.csv.
void write_files(const std::filesystem::path& folder, const duel_result& duel);

// One object whose keys are the columns of summary.csv, and `classes`: a list of objects whose keys are those
// columns of classes.csv that are not the run's; of a fleet `ranks` too, as ranks.csv has them. A statistic
// of which only a lower bound is known is the text "at least ...".
std::string json_of(const summary& run);
// Its one key is `sides`: a list of such objects, of the baseline and of the candidate.
std::string json_of(const duel_result& duel);

}  // namespace loadgen
