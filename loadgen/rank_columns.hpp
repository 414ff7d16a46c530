// The columns of ranks.csv, which a run of a fleet has.
#pragma once

#include "loadgen/csv.hpp"
#include "loadgen/summary.hpp"

namespace loadgen {

struct rank_row {
    const summary& run;
    const rank_facts& facts;
};

const std::vector<column<rank_row>>& rank_columns();

}  // namespace loadgen
