#include "loadgen/options.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include <fmt/core.h>

#include "loadgen/checker.hpp"
#include "loadgen/process.hpp"
#include "loadgen/raw_options.hpp"
#include "loadgen/request_body.hpp"
#include "loadgen/request_bytes.hpp"
#include "loadgen/target.hpp"
#include "loadgen/versus_options.hpp"

namespace loadgen {
namespace {

// A thread has histograms of its own for each class. So many are held by four classes in 256 threads.
constexpr std::size_t most_classes_of_threads = 1024;

void check_load(const raw_options& raw, checker& check, plan& to) {
    using namespace std::chrono_literals;
    constexpr std::uint64_t most_requests = 100'000'000;
    check.require(raw.requests.empty() || raw.duration.empty(),
                  "-n and -d: give one of them: a count or a duration");
    if (raw.duration.empty() && raw.versus.empty())
        to.load.requests = check.number<std::uint64_t>("--requests", raw.requests, 1, most_requests, 100);
    else
        to.load.duration = check.duration("--duration", raw.duration, 1h, 1s);
    to.threads = check.number("--threads", raw.threads, 1U, 256U, 1U);
    const auto fitting = static_cast<unsigned>(std::min<std::uint64_t>(to.load.requests.value_or(100), 100));
    to.connections =
        check.number("--connections", raw.connections, 1U, 100'000U, std::max(fitting, to.threads));
    to.busy_poll = raw.busy_poll;
    check.require(
        !raw.busy_poll || to.threads <= own_cores(),
        fmt::format("--busy-poll: keeps a core busy for each of {} threads, and this process may use "
                    "{}: take fewer --threads",
                    to.threads, own_cores()));
    check.require(to.threads <= to.connections,
                  fmt::format("--threads {}: is more than the {} connections, and each thread needs one",
                              to.threads, to.connections));
    check.require(!to.load.requests || to.connections <= *to.load.requests,
                  fmt::format("--connections {}: is more than the {} requests", to.connections,
                              to.load.requests.value_or(0)));
    to.load.rate_rps = check.number("--rate", raw.rate, 0.001, 1e7, 0.0);
    to.load.seed =
        check.number<std::uint64_t>("--seed", raw.seed, 0, std::numeric_limits<std::uint64_t>::max(), 1);
    check.require(raw.arrivals.empty() || !raw.rate.empty(),
                  "--arrivals: needs --rate, since a closed loop has no arrivals of its own");
    const auto open =
        check.choice("--arrivals", raw.arrivals,
                     {{"constant", arrivals::constant}, {"poisson", arrivals::poisson}}, arrivals::constant);
    to.load.arrivals = raw.rate.empty() ? arrivals::closed : open;
    to.mode = check.choice("--connection-mode", raw.mode,
                           {{"kept", connection_mode::kept}, {"fresh", connection_mode::fresh}},
                           connection_mode::kept);
    check.require(!raw.fresh || raw.mode.empty() || raw.mode == "fresh",
                  "--fresh: contradicts --connection-mode kept");
    if (raw.fresh) to.mode = connection_mode::fresh;
    to.timeout = check.duration("--timeout", raw.timeout, 24h, to.timeout);
    to.drain = check.duration("--drain", raw.drain, 24h, to.drain);
    to.rows_cap = check.number<std::size_t>("--rows-cap", raw.rows_cap, 0, 50'000'000, to.rows_cap);
    if (!raw.server_pid.empty())
        to.server_pid = check.number("--server-pid", raw.server_pid, 1, std::numeric_limits<pid_t>::max(), 1);
}

void check_classes(const raw_options& raw, checker& check, plan& to) {
    for (const auto& text : raw.mix) {
        auto parsed = parse_class(text);
        check.require(parsed.value.has_value(), "--mix " + parsed.fault);
        if (parsed.value) to.classes.push_back(std::move(*parsed.value));
    }
    std::set<std::string> names;
    for (const auto& c : to.classes) {
        check.label("--mix name", c.name);
        check.require(names.insert(c.name).second,
                      fmt::format("--mix: the class name '{}' is used twice", c.name));
    }
    check.require(raw.mix.size() <= most_classes,
                  fmt::format("--mix: {} classes are more than {}", raw.mix.size(), most_classes));
    check.require(
        raw.mix.size() * to.threads <= most_classes_of_threads,
        fmt::format("--mix: {} classes in each of {} threads are more than {}: each takes 1.6 MB of "
                    "memory",
                    raw.mix.size(), to.threads, most_classes_of_threads));
    check.require(!raw.method.empty() && std::all_of(raw.method.begin(), raw.method.end(),
                                                     [](char c) { return c >= 'A' && c <= 'Z'; }),
                  fmt::format("--method {}: is not an HTTP method such as GET or POST", raw.method));
    check.require(raw.method != "CONNECT",
                  "--method CONNECT: asks for a tunnel, whose end no reply has: use another method");
    for (const auto& header : raw.headers) {
        const auto fault = fault_in_header(header);
        check.require(fault.empty(), fmt::format("--header '{}': {}", header, fault));
    }
    to.is_head = raw.method == "HEAD";
}

// What all requests have in common: all but the host.
request_shape check_shape(const raw_options& raw, checker& check, connection_mode mode) {
    request_shape shape{raw.method, {}, raw.headers, {}, mode == connection_mode::kept};
    const auto together = fault_in_headers(shape);
    check.require(together.empty(), "--header: " + together);
    auto body = read_body(raw.body);
    check.require(body.fault.empty(), fmt::format("--body {}: {}", raw.body, body.fault));
    shape.body = std::move(body.bytes);
    return shape;
}

// `name` is what the user calls the URL: there may be two.
void check_target(const raw_options& raw, std::string_view name, const std::string& url, request_shape shape,
                  checker& check, plan& to) {
    const auto found = resolve_target(url, raw.allow_remote, name);
    if (!found.fault.empty()) return check.require(false, found.fault);
    to.server = found.endpoint;
    shape.host = found.host;
    check.require(raw.mix.empty() || found.path == "/",
                  fmt::format("{} '{}': with --mix it has no path, the classes have theirs", name, url));
    if (raw.mix.empty()) to.classes.push_back({"all", 1, found.path, {}});
    for (auto& c : to.classes) c.bytes = request_bytes(shape, c.target);
}

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

}  // namespace

parsed_options parse_options(int argc, const char* const* argv) {
    parsed_options result;
    auto& to = result.value;
    checker check(result.mistakes);
    const auto read = read_raw(argc, argv, check);
    if (!read) return result;
    const auto& raw = *read;
    if (!raw.help.empty()) {
        to.action = action::print_help;
        to.help = raw.help;
        return result;
    }
    if (raw.schema) to.action = action::print_schema;
    if (raw.build_info) to.action = action::print_build_info;
    if (raw.calibrate) {
        to.action = action::calibrate;
        check.require(raw.url.empty(), "--calibrate: takes no URL, it brings its own server");
        to.plan.threads = check.number("--threads", raw.threads, 1U, 256U, 1U);
        to.json = raw.json;
    }
    check_versus(raw, check, to.duel);
    if (to.action != action::run) return result;
    check_load(raw, check, to.plan);
    check_classes(raw, check, to.plan);
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
    to.strict = raw.strict;
    to.json = raw.json;
    to.quiet = raw.quiet;
    return result;
}

}  // namespace loadgen
