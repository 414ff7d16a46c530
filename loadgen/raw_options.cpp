#include "loadgen/raw_options.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "loadgen/mix.hpp"

namespace loadgen {
namespace {

void declare(CLI::App& app, raw_options& raw) {
    app.add_option("url", raw.url,
                   "http[s]://HOST:PORT/PATH, or unix:/SOCKET:/PATH; with --mix or --targets without PATH")
        ->option_text(" ");
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
    app.add_flag("--busy-poll", raw.busy_poll,
                 "threads never sleep, so that no server pays for waking them: each needs a core of its own")
        ->group(load);
    app.add_option(
           "--done-by", raw.done_by,
           "a reply is done when the kernel received its last byte (kernel, default), or when it was read")
        ->option_text("WHAT")
        ->group(load);
    app.add_option("-R,--rate", raw.rate, "open loop: requests per second, sent whatever the server does")
        ->option_text("RPS")
        ->group(load);
    app.add_option("--stages", raw.stages,
                   "open loop of a rate that changes: TIME:RATE or TIME:FROM-TO, as 10s:100,30s:100-2000")
        ->option_text("STAGES")
        ->group(load);
    app.add_option(
           "--arrivals", raw.arrivals,
           "open loop: constant (default), poisson, or @FILE with a time since the start in each line")
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
    app.add_option("--requests-per-connection", raw.requests_per_connection,
                   "a kept connection is replaced after so many (default: never)")
        ->option_text("N")
        ->group(load);
    app.add_option(
           "--warm-up", raw.warm_up,
           "the same load for so long before, on the same connections and uncounted (default: none; of "
           "--versus 250ms each, 0: none)")
        ->option_text("TIME")
        ->group(load);
    app.add_option("--timeout", raw.timeout,
                   "since a request was due (default 30s; 100 requests of 5 s one by one need 10m)")
        ->option_text("TIME")
        ->group(load);
    app.add_option("--retries", raw.retries,
                   "open loop: ask again so often after --timeout, which each try has to itself (default 0)")
        ->option_text("N")
        ->group(load);
    app.add_option("--drain", raw.drain,
                   "how long -d and --stages wait for what is in flight at their end (default 2s)")
        ->option_text("TIME")
        ->group(load);
    const auto duel = "Two servers in turn";
    app.add_option("--versus", raw.versus,
                   "the candidate's URL: it and URL, the baseline, are loaded in turn, in slices; needs -d")
        ->option_text("URL")
        ->group(duel);
    app.add_option("--slice", raw.slice,
                   "how long each is loaded, at least twenty times the larger p50 (default 50ms)")
        ->option_text("TIME")
        ->group(duel);
    app.add_option("--versus-pid", raw.versus_pid, "--server-pid of the candidate")
        ->option_text("PID")
        ->group(duel);
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
    app.add_flag("--insecure", raw.insecure, "of https: do not check whose certificate it is")
        ->group(request);
    app.add_option("--targets", raw.targets, "FILE with a target in each line, which take turns")
        ->option_text("FILE")
        ->group(request);
    app.add_option("--expect-status", raw.expect_status,
                   "of which status a reply is ok: 204 or 2xx,304 (default 2xx); redirects are not followed")
        ->option_text("LIST")
        ->group(request);
    app.add_option("--expect-body", raw.expect_body, "what its body must hold; @FILE: what the file holds")
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
    app.add_option("--fail-if", raw.fail_if,
                   "'p99>50ms', repeatable: exit with 4 if it holds; any number of summary.csv, or p50 to "
                   "max, errors")
        ->option_text("COND")
        ->allow_extra_args(false)
        ->group(results);
    app.add_flag("--strict", raw.strict, "exit with 3 when the run is invalid")->group(results);
    app.add_flag("--quiet", raw.quiet, "print no summary and no progress")->group(results);
    const auto ranks = "Ranks (loadgen-mpi)";
    app.add_option("--server-rank", raw.server_rank,
                   "the rank on whose machine the --server-pid is (default 0)")
        ->option_text("RANK")
        ->group(ranks);
    app.add_flag("--keep-parts", raw.keep_parts,
                 "leave what each rank has measured beside the sum of it, in DIR/parts of --output")
        ->group(ranks);
    app.add_option("--merge", raw.merge,
                   "instead of a run: add up the parts in this folder, as a rank's death leaves them")
        ->option_text("DIR")
        ->group(ranks);
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
    app.add_flag("--version", raw.version, "print the version of this program")->group(other);
    app.add_flag("--build-info", raw.build_info, "print how this program was built as JSON")->group(other);
}

}  // namespace

std::optional<raw_options> read_raw(int argc, const char* const* argv, checker& check) {
    raw_options raw;
    CLI::App app("Loads an HTTP server and says how long requests took, counted from when they were due.",
                 "loadgen");
    declare(app, raw);
    app.allow_extras();
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        raw.help = app.help();
        return raw;
    } catch (const CLI::ParseError& fault) {
        check.require(false, fault.what());
        return std::nullopt;
    }
    // As in --rate "$RATE" where there is no RATE: not the same as leaving the flag out.
    for (const auto* option : app.get_options())
        if (option->count() > 0 && option->get_name() != "--body" && option->get_expected_min() > 0)
            for (const auto& given : option->results())
                check.require(!given.empty(), fmt::format("{}: is given an empty value", option->get_name()));
    for (const auto& extra : app.remaining())
        check.require(false, fmt::format("{}: is not a flag of loadgen; --help lists them", extra));
    return raw;
}

}  // namespace loadgen
