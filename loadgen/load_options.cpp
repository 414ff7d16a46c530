#include "loadgen/load_options.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/core.h>

#include "loadgen/file_text.hpp"
#include "loadgen/process.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_stages = 1000;
constexpr double highest_rps = 1e7;
constexpr auto longest_stages = 24h;
constexpr std::string_view stage_form = "is not TIME:RATE or TIME:FROM-TO, such as 10s:100,30s:100-2000";

// The parts of a text between separators; none of an empty one.
std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

std::optional<double> rate_of(std::string_view text) {
    double value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value >= 0 && value <= highest_rps ? std::optional(value) : std::nullopt;
}

std::optional<stage> stage_of(std::string_view text) {
    const auto colon = std::min(text.find(':'), text.size());
    const auto rates = text.substr(std::min(colon + 1, text.size()));
    const auto dash = std::min(rates.find('-'), rates.size());
    const auto length = parse_duration(text.substr(0, colon));
    const auto from = rate_of(rates.substr(0, dash));
    const auto to = dash == rates.size() ? from : rate_of(rates.substr(dash + 1));
    if (!length || *length <= nanoseconds(0) || !from || !to) return std::nullopt;
    return stage{std::chrono::duration<double>(*length).count(), *from, *to};
}

void check_stages(const raw_options& raw, checker& check, load& to) {
    const auto parts = split(raw.stages, ',');
    check.require(parts.size() <= most_stages,
                  fmt::format("--stages: {} of them are more than {}", parts.size(), most_stages));
    std::vector<stage> stages;
    for (const auto part : parts) {
        const auto found = stage_of(part);
        check.require(found.has_value(), fmt::format("--stages '{}': {}", part, stage_form));
        if (found) stages.push_back(*found);
    }
    if (stages.size() < parts.size()) return;
    const pace all(std::move(stages));
    check.require(all.highest_rps() > 0, fmt::format("--stages {}: has no rate above zero", raw.stages));
    const std::chrono::duration<double> length(all.seconds());
    check.require(length <= longest_stages, fmt::format("--stages {}: takes longer than a day", raw.stages));
    to.rate = all;
    to.duration = std::chrono::duration_cast<nanoseconds>(std::min<decltype(length)>(length, longest_stages));
}

// A time in each line.
void check_replay(const raw_options& raw, checker& check, load& to) {
    auto replay = std::make_shared<instants>();
    const auto fault = read_list(raw.arrivals.substr(1), [&](std::string_view line) -> std::string {
        const auto due = parse_duration(line);
        if (!due) return fmt::format("'{}' is not a time since the start, such as 1.5s or 20ms", line);
        if (!replay->empty() && *due < replay->back())
            return fmt::format("'{}' is before the line above it", line);
        replay->push_back(*due);
        return {};
    });
    if (!fault.empty()) return check.require(false, fmt::format("--arrivals {}: {}", raw.arrivals, fault));
    to.requests = replay->size();
    const std::chrono::duration<double> length(std::max<nanoseconds>(replay->back(), 1us));
    to.rate = static_cast<double>(replay->size()) / length.count();
    to.replay = std::move(replay);
}

// Which requests are due when, if not when a slot is free.
void check_arrivals(const raw_options& raw, checker& check, load& to) {
    const bool is_replayed = raw.arrivals.starts_with('@');
    const bool is_timed = !raw.requests.empty() || !raw.duration.empty();
    check.require(raw.stages.empty() || (raw.rate.empty() && !is_timed && raw.versus.empty()),
                  "--stages: has rates and times of its own: leave out -R, -n, -d and --versus");
    check.require(
        !is_replayed || (raw.rate.empty() && raw.stages.empty() && !is_timed && raw.versus.empty()),
        "--arrivals @FILE: says when each request is due: leave out -R, --stages, -n, -d and --versus");
    if (is_replayed) {
        to.arrivals = arrivals::replayed;
        return check_replay(raw, check, to);
    }
    const bool is_open = !raw.rate.empty() || !raw.stages.empty();
    check.require(raw.arrivals.empty() || is_open,
                  "--arrivals: needs --rate or --stages, since a closed loop has no arrivals of its own");
    const auto kind = check.choice(
        "--arrivals", raw.arrivals,
        {{"constant", arrivals::constant}, {"poisson", arrivals::poisson}, {"@FILE", arrivals::replayed}},
        arrivals::constant);
    if (is_open) to.arrivals = kind;
    to.rate = check.number("--rate", raw.rate, 0.001, highest_rps, 0.0);
    if (!raw.stages.empty()) check_stages(raw, check, to);
}

}  // namespace

void check_load(const raw_options& raw, checker& check, plan& to) {
    constexpr std::uint64_t most_requests = 100'000'000;
    check.require(raw.requests.empty() || raw.duration.empty(),
                  "-n and -d: give one of them: a count or a duration");
    check_arrivals(raw, check, to.load);
    const bool has_end = to.load.requests || to.load.duration;  // that of its stages, or of a file
    if (!has_end && raw.duration.empty() && raw.versus.empty())
        to.load.requests = check.number<std::uint64_t>("--requests", raw.requests, 1, most_requests, 100);
    else if (!has_end)
        to.load.duration = check.duration("--duration", raw.duration, 1h, 1s);
    to.threads = check.number("--threads", raw.threads, 1U, 256U, 1U);
    const auto fitting = static_cast<unsigned>(std::min<std::uint64_t>(to.load.requests.value_or(100), 100));
    to.connections =
        check.number("--connections", raw.connections, 1U, 100'000U, std::max(fitting, to.all_threads()));
    to.busy_poll = raw.busy_poll;
    to.kernel_stamps = check.choice("--done-by", raw.done_by, {{"kernel", true}, {"read", false}}, true);
    check.require(
        !raw.busy_poll || to.threads <= own_cores(),
        fmt::format("--busy-poll: keeps a core busy for each of {} threads, and this process may use "
                    "{}: take fewer --threads",
                    to.threads, own_cores()));
    check.require(
        to.all_threads() <= to.connections,
        fmt::format("--threads {}{}: is more than the {} connections, and each thread needs one", to.threads,
                    to.ranks > 1 ? fmt::format(" in each of {} ranks", to.ranks) : "", to.connections));
    check.require(!to.load.requests || to.connections <= *to.load.requests,
                  fmt::format("--connections {}: is more than the {} requests", to.connections,
                              to.load.requests.value_or(0)));
    to.load.seed =
        check.number<std::uint64_t>("--seed", raw.seed, 0, std::numeric_limits<std::uint64_t>::max(), 1);
    to.mode = check.choice("--connection-mode", raw.mode,
                           {{"kept", connection_mode::kept}, {"fresh", connection_mode::fresh}},
                           connection_mode::kept);
    check.require(!raw.fresh || raw.mode.empty() || raw.mode == "fresh",
                  "--fresh: contradicts --connection-mode kept");
    if (raw.fresh) to.mode = connection_mode::fresh;
    to.timeout = check.duration("--timeout", raw.timeout, 24h, to.timeout);
    to.retries = check.number("--retries", raw.retries, 0U, 100U, 0U);
    check.require(to.retries == 0 || to.load.arrivals != arrivals::closed,
                  "--retries: needs --rate or --stages: whoever gives up in a closed loop asks anew anyway");
    to.drain = check.duration("--drain", raw.drain, 24h, to.drain);
    to.requests_per_connection = check.number<std::uint64_t>(
        "--requests-per-connection", raw.requests_per_connection, 1, most_requests, 0);
    check.require(to.requests_per_connection == 0 || to.mode == connection_mode::kept,
                  "--requests-per-connection: fresh connections have one request each");
    if (raw.versus.empty()) to.warm_up = check.duration_or_none("--warm-up", raw.warm_up, 1h, 0ns);
    const auto rows_cap = check.number<std::size_t>("--rows-cap", raw.rows_cap, 0, 50'000'000, 100'000);
    if (!raw.output.empty() && raw.versus.empty()) to.rows_cap = rows_cap;
    if (!raw.server_pid.empty())
        to.server_pid = check.number("--server-pid", raw.server_pid, 1, std::numeric_limits<pid_t>::max(), 1);
}

}  // namespace loadgen
