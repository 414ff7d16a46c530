// The columns of slices.csv: a row per slice of a duel, with all that summary.csv says of a run.
#pragma once

#include "loadgen/csv.hpp"
#include "loadgen/duel.hpp"

namespace loadgen {

const std::vector<column<slice>>& slice_columns();

}  // namespace loadgen
