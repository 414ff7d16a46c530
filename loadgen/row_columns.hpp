// The columns of the files that have many rows of a run: requests.csv, latency.csv and throughput.csv.
#pragma once

#include "loadgen/csv.hpp"
#include "loadgen/summary.hpp"

namespace loadgen {

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

const std::vector<column<request_row>>& request_columns();
const std::vector<column<latency_row>>& latency_columns();
const std::vector<column<throughput_row>>& throughput_columns();

}  // namespace loadgen
