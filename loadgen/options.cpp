#include "loadgen/options.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "loadgen/checker.hpp"
#include "loadgen/request_body.hpp"
#include "loadgen/request_bytes.hpp"
#include "loadgen/target.hpp"

namespace loadgen {
namespace {

// A thread has histograms of its own for each class. So many are held by four classes in 256 threads.
constexpr std::size_t most_classes_of_threads = 1024;

// The flags as text. They are checked here rather than by CLI11, which would stop at the first mistake.
struct raw_options {
    std::string url, requests, duration, connections, threads, rate, arrivals, seed, mode, timeout, drain,
        ideal, method = "GET", body;
    std::string rows_cap, server_pid, output, hdr;
    std::vector<std::string> mix, headers, keys;
    bool fresh = false, allow_remote = false, json = false, quiet = false, strict = false, calibrate = false,
         schema = false, build_info = false;
};

void declare(CLI::App& app, raw_options& raw) {
    app.add_option("url", raw.url, "http://HOST:PORT/PATH; with --mix, http://HOST:PORT")->option_text(" ");
    const auto load = "Load";
    app.add_option("-n,--requests", raw.requests, "how many requests (default 100 unless -d is given)")
        ->option_text("N")
        ->group(load);
    app.add_option("-d,--duration", raw.duration, "or for how long: 500ms, 10s, 5m; a bare number is seconds")
        ->option_text("TIME")
        ->group(load);
    app.add_option("-c,--connections", raw.connections,
                   "requests in flight at most (default 100, or N if that is less)")
        ->option_text("N")
        ->group(load);
    app.add_option("-t,--threads", raw.threads, "generator threads (default 1)")
        ->option_text("N")
        ->group(load);
    app.add_option("-R,--rate", raw.rate, "open loop: requests per second, sent whatever the server does")
        ->option_text("RPS")
        ->group(load);
    app.add_option("--arrivals", raw.arrivals, "open loop: constant (default) or poisson")
        ->option_text("KIND")
        ->group(load);
    app.add_option("--seed", raw.seed, "of the order of classes and of Poisson arrivals (default 1)")
        ->option_text("N")
        ->group(load);
    app.add_option("--connection-mode", raw.mode,
                   "kept: opened before the start (default); fresh: one per request, opened when due")
        ->option_text("MODE")
        ->group(load);
    app.add_flag("--fresh", raw.fresh, "the same as --connection-mode fresh")->group(load);
    app.add_option("--timeout", raw.timeout,
                   "since a request was due (default 10m, longer than 100 requests of 5 s one by one)")
        ->option_text("TIME")
        ->group(load);
    app.add_option("--drain", raw.drain, "how long -d waits for what is in flight at its end (default 2s)")
        ->option_text("TIME")
        ->group(load);
    const auto request = "Request";
    app.add_option("--mix", raw.mix,
                   fmt::format("NAME=WEIGHT:/target, repeatable: request classes, at most {}", most_classes))
        ->option_text("CLASS")
        ->allow_extra_args(false)
        ->group(request);
    app.add_option("-m,--method", raw.method, "default GET")->option_text("METHOD")->group(request);
    app.add_option("-H,--header", raw.headers, "'Name: value', repeatable")
        ->option_text("HEADER")
        ->allow_extra_args(false)
        ->group(request);
    app.add_option("--body", raw.body, "sent with each request; @FILE: what the file holds; @@text: @text")
        ->option_text("TEXT")
        ->group(request);
    const auto results = "Results";
    app.add_flag("--json", raw.json,
                 "print one JSON object instead of text: keys as in summary.csv, and `classes`")
        ->group(results);
    app.add_option(
           "--output", raw.output,
           "write summary.csv, classes.csv, requests.csv, latency.csv and throughput.csv into this folder")
        ->option_text("DIR")
        ->group(results);
    app.add_option("--rows-cap", raw.rows_cap, "requests.csv has at most this many rows (default 100000)")
        ->option_text("N")
        ->group(results);
    app.add_option("--server-pid", raw.server_pid,
                   "sample CPU, memory and threads of this process and its children")
        ->option_text("PID")
        ->group(results);
    app.add_option("--ideal", raw.ideal, "the makespan no server of its model can beat, to print the ratio")
        ->option_text("TIME")
        ->group(results);
    app.add_option("--key", raw.keys,
                   "NAME=VALUE, repeatable: recording, suite, variant, client, workload, repetition, pinned")
        ->option_text("KEY")
        ->allow_extra_args(false)
        ->group(results);
    app.add_option("--hdr", raw.hdr, "write the percentiles of latency as HdrHistogram's plotters read them")
        ->option_text("FILE")
        ->group(results);
    app.add_flag("--strict", raw.strict, "exit with 3 when the run is invalid")->group(results);
    app.add_flag("--quiet", raw.quiet, "print no summary and no progress")->group(results);
    const auto other = "Other";
    app.add_flag("--allow-remote", raw.allow_remote, "permit a server that is not on this machine")
        ->group(other);
    app.add_flag(
           "--calibrate", raw.calibrate,
           "measure this generator against a server that does nothing: the highest rate, lag, latency floor")
        ->group(other);
    app.add_flag("--schema", raw.schema,
                 "print what describes the CSV files: a Frictionless datapackage.json")
        ->group(other);
    app.add_flag("--build-info", raw.build_info, "print how this program was built as JSON")->group(other);
}

void check_load(const raw_options& raw, checker& check, plan& to) {
    using namespace std::chrono_literals;
    constexpr std::uint64_t most_requests = 100'000'000;
    check.require(raw.requests.empty() || raw.duration.empty(),
                  "-n and -d: give one of them: a count or a duration");
    if (raw.duration.empty())
        to.load.requests = check.number<std::uint64_t>("--requests", raw.requests, 1, most_requests, 100);
    else
        to.load.duration = check.duration("--duration", raw.duration, 1h, 1s);
    to.threads = check.number("--threads", raw.threads, 1U, 256U, 1U);
    const auto fitting = static_cast<unsigned>(std::min<std::uint64_t>(to.load.requests.value_or(100), 100));
    to.connections =
        check.number("--connections", raw.connections, 1U, 100'000U, std::max(fitting, to.threads));
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

void check_target(const raw_options& raw, checker& check, plan& to) {
    request_shape shape{raw.method, {}, raw.headers, {}, to.mode == connection_mode::kept};
    const auto together = fault_in_headers(shape);
    check.require(together.empty(), "--header: " + together);
    auto body = read_body(raw.body);
    check.require(body.fault.empty(), fmt::format("--body {}: {}", raw.body, body.fault));
    shape.body = std::move(body.bytes);
    if (raw.url.empty())
        return check.require(false, "URL: is missing; for example http://127.0.0.1:8080/ping");
    const auto found = resolve_target(raw.url, raw.allow_remote);
    if (!found.fault.empty()) return check.require(false, found.fault);
    to.server = found.endpoint;
    shape.host = found.host;
    check.require(to.classes.empty() || found.path == "/",
                  fmt::format("URL '{}': with --mix it has no path, the classes have theirs", raw.url));
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
    raw_options raw;
    CLI::App app("Loads an HTTP server and says how long requests took, counted from when they were due.",
                 "loadgen");
    declare(app, raw);
    app.allow_extras();
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        result.value.action = action::print_help;
        result.value.help = app.help();
        return result;
    } catch (const CLI::ParseError& fault) {
        result.mistakes.emplace_back(fault.what());
        return result;
    }
    auto& to = result.value;
    checker check(result.mistakes);
    // As in --rate "$RATE" where there is no RATE: not the same as leaving the flag out.
    for (const auto* option : app.get_options())
        if (option->count() > 0 && option->get_name() != "--body" && option->get_expected_min() > 0)
            for (const auto& given : option->results())
                check.require(!given.empty(), fmt::format("{}: is given an empty value", option->get_name()));
    for (const auto& extra : app.remaining())
        check.require(false, fmt::format("{}: is not a flag of loadgen; --help lists them", extra));
    if (raw.schema) to.action = action::print_schema;
    if (raw.build_info) to.action = action::print_build_info;
    if (raw.calibrate) {
        to.action = action::calibrate;
        check.require(raw.url.empty(), "--calibrate: takes no URL, it brings its own server");
        to.plan.threads = check.number("--threads", raw.threads, 1U, 256U, 1U);
        to.json = raw.json;
    }
    if (to.action != action::run) return result;
    check_load(raw, check, to.plan);
    check_classes(raw, check, to.plan);
    check_target(raw, check, to.plan);
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
