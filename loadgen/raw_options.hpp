// The flags as text. They are checked in `options` and its parts (`load_options`, `request_options`,
// `versus_options`) rather than by CLI11, which would stop at the first mistake.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "loadgen/checker.hpp"

namespace loadgen {

struct raw_options {
    std::string url, requests, duration, connections, threads, rate, arrivals, seed, mode, timeout, retries,
        drain, stages, done_by, ideal, method = "GET", body, targets, expect_status, expect_body,
                                       requests_per_connection;
    std::string rows_cap, server_pid, server_rank, output, hdr, merge;
    std::vector<std::string> mix, headers, keys, fail_if;
    std::string versus, slice, versus_pid, warm_up;
    bool fresh = false, busy_poll = false, allow_remote = false, json = false, quiet = false, strict = false,
         calibrate = false, keep_parts = false, schema = false, build_info = false, version = false,
         insecure = false;
    std::string help;  // the text, where it was asked for
};

// The command line, with a mistake noted for each word that is no flag and each value that is empty. Nothing
// where it cannot be read at all.
std::optional<raw_options> read_raw(int argc, const char* const* argv, checker& check);

}  // namespace loadgen
