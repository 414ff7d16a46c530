// loadgen: parse, run, write, print. Exit 0: it ran (the outcomes say how requests fared); 2: bad input, no
// server there, or a result that could not be written; 3: with --strict, the run is invalid; 4: not one
// request ended `ok`, a server was lost, or --fail-if held; 130: interrupted, with what was measured until
// then written and printed.
#include <malloc.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/core.h>

#include "loadgen/build_info.hpp"
#include "loadgen/calibration.hpp"
#include "loadgen/datapackage.hpp"
#include "loadgen/duel.hpp"
#include "loadgen/options.hpp"
#include "loadgen/output.hpp"
#include "loadgen/runner.hpp"

namespace {

// A full disk or a closed pipe is found at the latest here.
void print(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) < text.size() || std::fflush(stdout) != 0)
        throw std::system_error(errno, std::generic_category(), "cannot print the result");
}

// What could not be written; what was measured is printed all the same.
template <class Write>
std::string fault_of(Write write) {
    try {
        write();
    } catch (const std::exception& fault) {
        return fault.what();
    }
    return {};
}

// Those of the conditions that hold, a line each; they are noted in the summary.
std::vector<std::string> note_failed(const std::vector<loadgen::fail_condition>& conditions,
                                     loadgen::summary& summary) {
    std::vector<std::string> lines;
    for (const auto& condition : conditions) {
        if (!condition.holds(summary)) continue;
        summary.failed_if += (summary.failed_if.empty() ? "" : "; ") + condition.text();
        lines.push_back(condition.told(summary));
    }
    return lines;
}

int run(loadgen::options options) {
    options.plan.shows_progress = !options.quiet && ::isatty(STDERR_FILENO) == 1;
    loadgen::check_writable(options.output, options.hdr);
    loadgen::interrupts interrupts;  // until everything is written
    std::signal(SIGXFSZ, SIG_IGN);   // a file that may not grow further is a full disk, told as such
    const auto measured = loadgen::run_warmed_up(options.plan, interrupts);
    auto summary = loadgen::summarise(options.plan, options.keys, options.ideal, measured);
    const auto failed = note_failed(options.conditions, summary);
    const auto unwritten =
        fault_of([&] { loadgen::write_files(options.output, options.hdr, summary, measured); });
    if (options.json)
        print(loadgen::json_of(summary) + "\n");
    else if (!options.quiet)
        print(loadgen::text_of(summary));
    if (!unwritten.empty()) throw std::runtime_error(unwritten);
    const int code = loadgen::exit_code_of(summary, options.strict);
    for (const auto& line : failed) fmt::print(stderr, "loadgen: {}\n", line);
    if (code == 4 && failed.empty())
        fmt::print(stderr, "loadgen: {}: {}\n",
                   summary.server_lost ? "the server was lost" : "not one request ended ok",
                   loadgen::outcomes_text(summary));
    return code;
}

int run_duel(const loadgen::options& options) {
    // What one slice gives back the next one takes: the kernel would have to clear it again, between slices.
    ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
    ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
    loadgen::check_writable(options.output, {});
    loadgen::interrupts interrupts;
    std::signal(SIGXFSZ, SIG_IGN);
    const auto duel = loadgen::run_duel(options.duel, options.keys, interrupts);
    const auto unwritten = fault_of([&] { loadgen::write_files(options.output, duel); });
    if (options.json)
        print(loadgen::json_of(duel) + "\n");
    else if (!options.quiet)
        print(loadgen::text_of(duel));
    if (!unwritten.empty()) throw std::runtime_error(unwritten);
    const int code = loadgen::exit_code_of(duel, options.strict);
    if (code == 4) fmt::print(stderr, "loadgen: {}\n", loadgen::lost_text(duel));
    return code;
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
                print(options.json ? loadgen::json_of(found) + "\n" : loadgen::text_of(found));
                return 0;
            }
            case loadgen::action::print_help:
                print(options.help);
                return 0;
            case loadgen::action::print_schema:
                print(loadgen::datapackage_json() + "\n");
                return 0;
            case loadgen::action::print_build_info:
                print(loadgen::build_info_json() + "\n");
                return 0;
            case loadgen::action::print_version:
                print(loadgen::version_text());
                return 0;
            case loadgen::action::run:
                return run(options);
            case loadgen::action::duel:
                return run_duel(options);
        }
    } catch (const std::exception& fault) {
        fmt::print(stderr, "loadgen: {}\n", fault.what());
    }
    return 2;
}
