// loadgen: parse, run, write, print. Exit 0: it ran (the outcomes say how requests fared); 2: bad input, or
// no server there; 3: with --strict, the run is invalid; 130: interrupted, with what was measured until then
// written and printed.
#include <unistd.h>

#include <cstdio>
#include <exception>

#include <fmt/core.h>

#include "loadgen/build_info.hpp"
#include "loadgen/calibration.hpp"
#include "loadgen/options.hpp"
#include "loadgen/output.hpp"
#include "loadgen/runner.hpp"

namespace {

int run(loadgen::options options) {
    options.plan.shows_progress = !options.quiet && ::isatty(STDERR_FILENO) == 1;
    const auto measured = loadgen::run(options.plan);
    const auto summary = loadgen::summarise(options.plan, options.keys, options.ideal, measured);
    if (!options.output.empty()) loadgen::write_files(options.output, summary, measured);
    if (!options.hdr.empty()) loadgen::write_hdr(options.hdr, measured.record);
    if (options.json)
        fmt::print("{}\n", loadgen::json_of(summary));
    else if (!options.quiet)
        fmt::print("{}", loadgen::text_of(summary));
    if (measured.was_interrupted) return 130;
    return options.strict && summary.verdict != "valid" ? 3 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto [options, mistakes] = loadgen::parse_options(argc, argv);
        for (const auto& mistake : mistakes) fmt::print(stderr, "loadgen: {}\n", mistake);
        if (!mistakes.empty()) return 2;
        switch (options.action) {
            case loadgen::action::calibrate: {
                const auto found = loadgen::calibrate(options.plan.threads);
                fmt::print("{}", options.json ? loadgen::json_of(found) + "\n" : loadgen::text_of(found));
                return 0;
            }
            case loadgen::action::print_help:
                fmt::print("{}", options.help);
                return 0;
            case loadgen::action::print_schema:
                fmt::print("{}\n", loadgen::schema_json());
                return 0;
            case loadgen::action::print_build_info:
                fmt::print("{}\n", loadgen::build_info_json());
                return 0;
            case loadgen::action::run:
                return run(options);
        }
    } catch (const std::exception& fault) {
        fmt::print(stderr, "loadgen: {}\n", fault.what());
    }
    return 2;
}
