// THE schema: every column of every CSV file, once. Header lines, rows, `--json`, `--schema` and
// results/schema.json are all made from these lists. A column is a name (a unit ends every numeric one), a
// Frictionless type, a meaning, and how its cell is printed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/summary.hpp"

namespace loadgen {

template <class Row>
struct column {
    std::string name;
    std::string_view type;  // "string", "integer", "number", "boolean" (0/1) or "datetime"
    std::string meaning;
    std::string (*print)(const Row&, std::size_t argument);  // empty: not applicable or unknown
    std::size_t argument = 0;  // which of several alike, for example which class
    std::string (*lower_bound)(const Row&, std::size_t argument) = nullptr;  // told where the cell is empty

    std::string cell(const Row& row) const { return print(row, argument); }
};

struct request_row {
    const summary& run;
    const exchange& request;
};

struct latency_row {
    const summary& run;
    std::string_view class_name;
    std::string_view measure;  // latency or service
    histogram::bucket bucket;
    bool censored;
};

struct throughput_row {
    const summary& run;
    nanoseconds elapsed;
    nanoseconds width;
    timeline::interval counts;
    std::uint64_t in_flight;
    const process_sample* before;  // at the interval's start and end; null without --server-pid
    const process_sample* after;
};

const std::vector<column<summary>>& summary_columns();
const std::vector<column<request_row>>& request_columns();
const std::vector<column<latency_row>>& latency_columns();
const std::vector<column<throughput_row>>& throughput_columns();

// RFC 4180: quoted where the text holds a comma, a quote or a line break.
std::string escaped(std::string_view cell);

}  // namespace loadgen
