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
#include "loadgen/fleet.hpp"
#include "loadgen/fleet/part_files.hpp"
#include "loadgen/options.hpp"
#include "loadgen/output.hpp"
#include "loadgen/runner.hpp"

namespace {

constexpr int bad_input = 2, interrupted = 130;

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

// Writes and prints what was measured, of which `options` has the plan; the exit code.
int report(const loadgen::options& options, const loadgen::measurement& measured) {
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

// A rank's part is written before a word is said to the others: whatever becomes of them, it is kept.
int leave_part(const loadgen::options& options, loadgen::fleet& ranks) {
    const auto& folder = options.output;
    fmt::print(stderr, "loadgen: {}: ended early, {}\n", loadgen::name_of(ranks),
               folder.empty() ? "and without --output what it measured is not kept"
                              : "what it measured is kept: loadgen --merge " + folder + " adds the parts up");
    return ranks.leave(interrupted, false);
}

int run_as_rank(const loadgen::options& options, loadgen::fleet& ranks, loadgen::interrupts& interrupts,
                std::vector<std::string> command) {
    const auto& folder = options.output;
    auto measured = loadgen::run_warmed_up(options.plan, interrupts, ranks);
    loadgen::signal_watch signals(interrupts);
    const auto goes_on = [&] { return !signals.has_come(); };
    measured.ranks = {loadgen::facts_of(options.plan, ranks.hosts()[ranks.rank()], measured)};
    const bool ended_early = measured.was_interrupted;
    if (!folder.empty())
        loadgen::write_part(
            folder,
            {{ranks.run(), std::move(command), ranks.hosts(), options.plan.classes.size()}, measured});
    if (ended_early || !ranks.meet(true, goes_on)) return leave_part(options, ranks);
    const auto whole = ranks.add_up(std::move(measured), goes_on);
    if (!goes_on()) return leave_part(options, ranks);
    int code = 0;
    auto sum = options;
    sum.plan = loadgen::whole_of(options.plan);
    const auto fault = fault_of([&] {
        if (whole) code = report(sum, *whole);
    });
    if (!ranks.meet(fault.empty(), goes_on) && fault.empty()) return leave_part(options, ranks);
    if (!fault.empty()) throw std::runtime_error(fault);
    if (!folder.empty() && !options.keep_parts) loadgen::remove_part(folder, ranks.rank());
    return code;
}

// Where one rank has a reason not to begin, none does.
void agree_to_begin(loadgen::fleet& ranks, const std::string& fault) {
    const bool may_begin = ranks.meet(fault.empty(), [] { return true; });
    if (!fault.empty()) throw std::runtime_error(fault);
    if (!may_begin) throw loadgen::called_off();
}

int run(loadgen::options options, loadgen::fleet& ranks, std::vector<std::string> command) {
    const bool is_alone = ranks.ranks() == 1;
    options.plan.shows_progress = is_alone && !options.quiet && ::isatty(STDERR_FILENO) == 1;
    agree_to_begin(ranks, fault_of([&] {
                       if (ranks.rank() == 0) loadgen::check_writable(options.output, options.hdr);
                       if (!is_alone && !options.output.empty())
                           loadgen::check_writable_part(options.output, ranks.rank());
                   }));
    loadgen::interrupts interrupts;  // until everything is written
    std::signal(SIGXFSZ, SIG_IGN);   // a file that may not grow further is a full disk, told as such
    if (is_alone) return report(options, loadgen::run_warmed_up(options.plan, interrupts, ranks));
    return run_as_rank(options, ranks, interrupts, std::move(command));
}

// What a run of several ranks has left, as if it were its end.
int merge(const loadgen::options& asked) {
    const auto merged = loadgen::merge_parts(asked.merge);
    std::vector<const char*> words{"loadgen"};
    for (const auto& word : merged.of.command) words.push_back(word.c_str());
    const auto ranks = static_cast<unsigned>(merged.of.hosts.size());
    auto [options, mistakes] = loadgen::parse_options(static_cast<int>(words.size()), words.data(), 0, ranks);
    if (!mistakes.empty())
        throw std::runtime_error("--merge: the command that its parts are of: " + mistakes.front());
    options.plan = loadgen::whole_of(options.plan);
    if (!asked.output.empty()) options.output = asked.output;
    options.strict = asked.strict;
    options.json = asked.json;
    options.quiet = asked.quiet;
    loadgen::check_writable(options.output, options.hdr);
    const int code = report(options, merged.measured);
    return code != interrupted ? code : options.strict ? 3 : 0;  // that was the run, and not this
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

int act(const loadgen::options& options) {
    switch (options.action) {
        case loadgen::action::calibrate: {
            const auto found = loadgen::calibrate(options.plan.threads);
            print(options.json ? loadgen::json_of(found) + "\n" : loadgen::text_of(found));
            return 0;
        }
        case loadgen::action::merge:
            return merge(options);
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
        case loadgen::action::duel:
        case loadgen::action::run:
            break;  // which begins with the other ranks
    }
    return bad_input;
}

int run_with_others(int argc, char** argv) {
    const auto ranks = loadgen::join_fleet();
    const auto tell = [&](const std::string& mistake) {
        const auto name = loadgen::name_of(*ranks);
        if (ranks->speaks()) fmt::print(stderr, "loadgen: {}{}{}\n", name, name.empty() ? "" : ": ", mistake);
    };
    try {
        const auto [options, mistakes] = loadgen::parse_options(argc, argv, ranks->rank(), ranks->ranks());
        const bool may_begin = ranks->meet(mistakes.empty(), [] { return true; });
        for (const auto& mistake : mistakes) tell(mistake);
        if (!may_begin) return ranks->leave(bad_input, true);
        if (options.action == loadgen::action::duel) return ranks->leave(run_duel(options), true);
        return ranks->leave(run(options, *ranks, {argv + 1, argv + argc}), true);
    } catch (const loadgen::called_off&) {
    } catch (const std::exception& fault) {
        tell(fault.what());
    }
    return ranks->leave(bad_input, true);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto [options, mistakes] = loadgen::parse_options(argc, argv);
        // Whether there is a mistake may depend on the other ranks.
        if (options.action == loadgen::action::run || options.action == loadgen::action::duel)
            return run_with_others(argc, argv);
        for (const auto& mistake : mistakes) fmt::print(stderr, "loadgen: {}\n", mistake);
        return mistakes.empty() ? act(options) : bad_input;
    } catch (const std::exception& fault) {
        fmt::print(stderr, "loadgen: {}\n", fault.what());
    }
    return bad_input;
}
