// The columns of classes.csv: a row per run and class of its mix, with the figures that summary.csv has of
// all its requests.
#pragma once

#include "loadgen/csv.hpp"
#include "loadgen/summary.hpp"

namespace loadgen {

struct class_row {
    const summary& run;
    const class_summary& of_class;
};

inline const figures& figures_of(const class_row& row) {
    return row.of_class;
}

const std::vector<column<class_row>>& class_columns();

}  // namespace loadgen
