#include "loadgen/versus_options.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

constexpr nanoseconds least_slice = 1ms;
constexpr std::int64_t most_slices = 100'000;  // each is kept until the end, and is a line of slices.csv

void refuse_others(const raw_options& raw, checker& check) {
    const std::initializer_list<std::pair<bool, std::string_view>> others{
        {!raw.hdr.empty(),
         "--hdr: has the latencies of one server, and --versus loads two: take latency.csv"},
        {!raw.ideal.empty(), "--ideal: is of a fixed count, and --versus has none: leave it out"},
        {!raw.fail_if.empty(), "--fail-if: is of one server, and --versus loads two: leave it out"},
        {!raw.rows_cap.empty(), "--rows-cap: --versus writes no requests.csv: leave it out"},
        {raw.calibrate, "--calibrate: brings its own server: leave out --versus"}};
    for (const auto& [is_given, mistake] : others) check.require(!is_given, std::string(mistake));
    for (const auto& key : raw.keys)
        check.require(!key.starts_with("variant="),
                      fmt::format("--key {}: --versus calls its variants baseline and candidate", key));
}

}  // namespace

void check_versus(const raw_options& raw, checker& check, duel_plan& to) {
    if (raw.versus.empty()) {
        for (const auto& [text, flag] :
             {std::pair(&raw.slice, "--slice"), std::pair(&raw.versus_pid, "--versus-pid")})
            check.require(text->empty(), fmt::format("{}: needs --versus, the URL of a second server", flag));
        return;
    }
    refuse_others(raw, check);
    check.require(!raw.duration.empty() || raw.calibrate,
                  "--versus: needs -d, how long its slices take together, and no -n");
    to.slice = check.duration("--slice", raw.slice, 10min, to.slice);
    check.require(to.slice >= least_slice, fmt::format("--slice {}: is less than 1ms", raw.slice));
    to.slice = std::max(to.slice, least_slice);
    to.warm_up = check.duration_or_none("--warm-up", raw.warm_up, 1h, to.warm_up);
}

void set_sides(const raw_options& raw, checker& check, const plan& baseline, const plan& candidate,
               duel_plan& to) {
    to.of_side = {baseline, candidate};
    to.length = baseline.load.duration.value_or(to.length);
    to.seed = baseline.load.seed;
    check.require(to.length / to.slice <= most_slices,
                  fmt::format("--slice {}: makes more than {} slices of -d {}: take longer ones", raw.slice,
                              most_slices, raw.duration));
    auto& pid = to.of_side.back().server_pid;
    pid.reset();
    if (!raw.versus_pid.empty())
        pid = check.number("--versus-pid", raw.versus_pid, 1, std::numeric_limits<pid_t>::max(), 1);
}

}  // namespace loadgen
