// The command line: flags in, a checked plan out. Every mistake is reported, one line each, not only the
// first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "loadgen/duel.hpp"
#include "loadgen/fail_if.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/summary.hpp"

namespace loadgen {

enum class action : std::uint8_t {
    run,
    duel,
    calibrate,
    merge,
    print_help,
    print_schema,
    print_build_info,
    print_version
};

struct options {
    loadgen::action action = action::run;
    std::string help;    // for print_help
    loadgen::plan plan;  // of `run`
    duel_plan duel;      // of `duel`
    run_keys keys;
    std::optional<nanoseconds> ideal;
    std::vector<fail_condition> conditions;  // of a run that fails
    std::string output;                      // folder for the CSV files; empty: none are written
    std::string hdr;                         // file for the percentiles; empty: not written
    std::string merge;                       // folder of the parts, of `merge`
    bool keep_parts = false;                 // of a fleet
    bool strict = false;                     // an invalid run is a failure
    bool json = false;
    bool quiet = false;
};

struct parsed_options {
    options value;
    std::vector<std::string> mistakes;  // empty: the options are good
};

// As rank `rank` of `ranks`.
parsed_options parse_options(int argc, const char* const* argv, unsigned rank = 0, unsigned ranks = 1);

}  // namespace loadgen
