// The flags as text. They are checked in `options` and `versus_options` rather than by CLI11, which would
// stop at the first mistake.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace loadgen {

struct raw_options {
    std::string url, requests, duration, connections, threads, rate, arrivals, seed, mode, timeout, drain,
        ideal, method = "GET", body;
    std::string rows_cap, server_pid, output, hdr;
    std::vector<std::string> mix, headers, keys;
    std::string versus, slice, versus_pid, warm_up;
    bool fresh = false, busy_poll = false, allow_remote = false, json = false, quiet = false, strict = false,
         calibrate = false, schema = false, build_info = false;
};

void declare(CLI::App& app, raw_options& raw);

}  // namespace loadgen
