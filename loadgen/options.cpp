#include "loadgen/options.hpp"

#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "loadgen/checker.hpp"
#include "loadgen/load_options.hpp"
#include "loadgen/raw_options.hpp"
#include "loadgen/request_options.hpp"
#include "loadgen/versus_options.hpp"

namespace loadgen {
namespace {

void check_keys(const raw_options& raw, checker& check, run_keys& to) {
    std::set<std::string> names;
    for (const auto& text : raw.keys) {
        const auto equals = std::min(text.find('='), text.size());
        const auto name = text.substr(0, equals);
        const auto value = text.substr(std::min(equals + 1, text.size()));
        check.require(!value.empty(), fmt::format("--key {}: is not NAME=VALUE, such as suite=mine", text));
        check.require(names.insert(name).second, fmt::format("--key {}: is given more than once", name));
        check.label("--key", text);
        if (name == "recording")
            to.recording = value;
        else if (name == "suite")
            to.suite = value;
        else if (name == "variant")
            to.variant = value;
        else if (name == "client")
            to.client = value;
        else if (name == "workload")
            to.workload = value;
        else if (name == "repetition")
            to.repetition = check.number<std::uint64_t>("--key repetition", value, 1, 1'000'000, 1);
        else if (name == "pinned")
            to.pinned = check.choice<bool>("--key pinned", value, {{"1", true}, {"0", false}}, false);
        else
            check.require(
                false, fmt::format(
                           "--key {}: is not one of recording, suite, variant, client, workload, repetition, "
                           "pinned",
                           text));
    }
}

void check_conditions(const raw_options& raw, checker& check, std::vector<fail_condition>& to) {
    for (const auto& text : raw.fail_if) {
        auto parsed = parse_condition(text);
        check.require(parsed.value.has_value(), fmt::format("--fail-if {}: {}", text, parsed.fault));
        if (parsed.value) to.push_back(std::move(*parsed.value));
    }
}

void check_ranks(const raw_options& raw, checker& check, plan& to) {
    check.require(raw.server_rank.empty() || !raw.server_pid.empty(),
                  "--server-rank: says where the --server-pid is: give that too");
    const auto server_rank = check.number("--server-rank", raw.server_rank, 0U, to.ranks - 1, 0U);
    if (to.rank != server_rank) to.server_pid.reset();
    check.require(!raw.keep_parts || !raw.output.empty(),
                  "--keep-parts: needs --output, to leave them there");
    check.require(
        to.ranks == 1 || raw.versus.empty(),
        "--versus: two servers in turn are one generator's, and here are several ranks: use loadgen");
}

// What is not a run of one server or two.
void check_other_actions(const raw_options& raw, checker& check, options& to) {
    if (!raw.merge.empty()) {
        to.action = action::merge;
        to.merge = raw.merge;
        to.output = raw.output;
        to.strict = raw.strict;
        to.json = raw.json;
        to.quiet = raw.quiet;
        check.require(raw.url.empty(), "--merge: takes no URL, the parts say what the run was");
    }
    if (raw.schema) to.action = action::print_schema;
    if (raw.build_info) to.action = action::print_build_info;
    if (raw.version) to.action = action::print_version;
    if (raw.calibrate) {
        to.action = action::calibrate;
        check.require(raw.url.empty(), "--calibrate: takes no URL, it brings its own server");
        to.plan.threads = check.number("--threads", raw.threads, 1U, 256U, 1U);
        to.json = raw.json;
    }
}

}  // namespace

parsed_options parse_options(int argc, const char* const* argv, unsigned rank, unsigned ranks) {
    parsed_options result;
    auto& to = result.value;
    to.plan.rank = rank;
    to.plan.ranks = ranks;
    checker check(result.mistakes);
    const auto read = read_raw(argc, argv, check);
    if (!read) return result;
    const auto& raw = *read;
    if (!raw.help.empty()) {
        to.action = action::print_help;
        to.help = raw.help;
        return result;
    }
    check_other_actions(raw, check, to);
    check_versus(raw, check, to.duel);
    if (to.action != action::run) return result;
    check_load(raw, check, to.plan);
    check_ranks(raw, check, to.plan);
    check_classes(raw, check, to.plan);
    check_expected(raw, check, to.plan);
    check_conditions(raw, check, to.conditions);
    const auto shape = check_shape(raw, check, to.plan.mode);
    auto candidate = to.plan;
    if (raw.url.empty())
        check.require(false, "URL: is missing; for example http://127.0.0.1:8080/ping");
    else
        check_target(raw, "URL", raw.url, shape, check, to.plan);
    if (!raw.versus.empty()) {
        to.action = action::duel;
        check_target(raw, "--versus", raw.versus, shape, check, candidate);
        set_sides(raw, check, to.plan, candidate, to.duel);
    }
    check_keys(raw, check, to.keys);
    if (!raw.ideal.empty())
        to.ideal = check.duration("--ideal", raw.ideal, std::chrono::hours(24), std::chrono::seconds(1));
    to.output = raw.output;
    to.hdr = raw.hdr;
    to.keep_parts = raw.keep_parts;
    to.strict = raw.strict;
    to.json = raw.json;
    to.quiet = raw.quiet;
    return result;
}

}  // namespace loadgen
