// The CSV files of one run, or of several, as text: a header line, and the rows of one run after the other.
#pragma once

#include <span>
#include <string>

#include "loadgen/duel.hpp"
#include "loadgen/summary.hpp"

namespace loadgen {

struct written_run {
    const summary& run;
    const recorder* record;  // null: nothing was measured
};

std::string summary_text(std::span<const written_run> runs);
std::string classes_text(std::span<const written_run> runs);
std::string latency_text(std::span<const written_run> runs);
std::string requests_text(const written_run& one);
std::string throughput_text(const summary& run, const measurement& measured);
std::string ranks_csv_text(const summary& run);
std::string slices_text(const std::vector<slice>& slices);

}  // namespace loadgen
