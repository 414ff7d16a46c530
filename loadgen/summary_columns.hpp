// The columns of summary.csv: a row per run.
#pragma once

#include "loadgen/csv.hpp"
#include "loadgen/summary.hpp"

namespace loadgen {

const std::vector<column<summary>>& summary_columns();

}  // namespace loadgen
