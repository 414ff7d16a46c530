#include "loadgen/calibration.hpp"

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "loadgen/null_responder.hpp"
#include "loadgen/request_bytes.hpp"
#include "loadgen/runner.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

constexpr unsigned most_connections = 64;
constexpr nanoseconds length = 1s;
constexpr std::uint64_t fresh_requests =
    8000;  // a count: a second of them would use up half of the port numbers
constexpr double gentle_rps = 1000;
constexpr unsigned gentle_connections = 10;

plan plan_for(const null_responder& server, unsigned threads, connection_mode mode) {
    plan what;
    what.server = server.endpoint();
    what.mode = mode;
    what.threads = threads;
    what.connections = std::max(most_connections, threads);
    request_class only{"all", 1, "/", {}};
    const auto host = name_of(what.server);
    only.bytes = request_bytes({"GET", host, {}, {}, mode == connection_mode::kept}, only.target);
    what.classes.push_back(only);
    return what;
}

double us(nanoseconds value) {
    return static_cast<double>(value.count()) / 1e3;
}

double rps(const measurement& of) {
    return static_cast<double>(of.record.ok_in_window()) / std::chrono::duration<double>(of.length).count();
}

double cpu_us_per_request(const measurement& of) {
    return us(of.generator_cpu) / static_cast<double>(std::max<std::uint64_t>(of.record.requests(), 1));
}

using field = std::pair<std::string_view, double calibration::*>;
constexpr std::array fields{field{"kept_rps", &calibration::kept_rps},
                            field{"kept_cpu_us_per_request", &calibration::kept_cpu_us_per_request},
                            field{"kept_utilisation", &calibration::kept_utilisation},
                            field{"fresh_rps", &calibration::fresh_rps},
                            field{"fresh_cpu_us_per_request", &calibration::fresh_cpu_us_per_request},
                            field{"fresh_utilisation", &calibration::fresh_utilisation},
                            field{"lag_p50_us", &calibration::lag_p50_us},
                            field{"lag_p99_us", &calibration::lag_p99_us},
                            field{"floor_p50_us", &calibration::floor_p50_us},
                            field{"floor_p99_us", &calibration::floor_p99_us}};

// Half a calibration is none.
measurement run_whole(const plan& what, interrupts& from_outside) {
    auto measured = run(what, from_outside);
    if (measured.was_interrupted) throw std::runtime_error("interrupted");
    return measured;
}

}  // namespace

calibration calibrate(unsigned threads) {
    const null_responder server;
    loadgen::interrupts interrupts;
    calibration result;

    auto kept = plan_for(server, threads, connection_mode::kept);
    kept.load.duration = length;
    const auto fastest = run_whole(kept, interrupts);
    result.kept_rps = rps(fastest);
    result.kept_cpu_us_per_request = cpu_us_per_request(fastest);
    result.kept_utilisation = fastest.generator_utilisation.running;

    auto fresh = plan_for(server, threads, connection_mode::fresh);
    fresh.load.requests = fresh_requests;
    const auto opening = run_whole(fresh, interrupts);
    result.fresh_rps = rps(opening);
    result.fresh_cpu_us_per_request = cpu_us_per_request(opening);
    result.fresh_utilisation = opening.generator_utilisation.running;

    auto gentle = kept;
    gentle.load.arrivals = arrivals::constant;
    gentle.load.rate = gentle_rps;
    gentle.connections = std::max(gentle_connections, threads);
    const auto punctual = run_whole(gentle, interrupts);
    const auto latency = punctual.record.classes().front().latency.all();
    result.lag_p50_us = us(punctual.record.lag().quantile(0.5));
    result.lag_p99_us = us(punctual.record.lag().quantile(0.99));
    result.floor_p50_us = us(latency.quantile(0.5));
    result.floor_p99_us = us(latency.quantile(0.99));
    return result;
}

std::string text_of(const calibration& found) {
    return fmt::format(
        "calibration against a server that does nothing\n"
        "highest     {:.0f} requests/s on kept connections, {:.0f}/s on fresh ones\n"
        "cost        {:.1f} us CPU per request kept, {:.1f} us fresh; busiest thread at {:.0f} % and {:.0f} "
        "%\n"
        "lag         p50 {:.1f} us, p99 {:.1f} us in an open loop at {:.0f}/s\n"
        "floor       p50 {:.1f} us, p99 {:.1f} us: no server here can show a lower latency\n",
        found.kept_rps, found.fresh_rps, found.kept_cpu_us_per_request, found.fresh_cpu_us_per_request,
        found.kept_utilisation * 100, found.fresh_utilisation * 100, found.lag_p50_us, found.lag_p99_us,
        gentle_rps, found.floor_p50_us, found.floor_p99_us);
}

std::string json_of(const calibration& found) {
    std::string text;
    for (const auto& [name, member] : fields)
        text += fmt::format("{}\"{}\":{:.3f}", text.empty() ? "" : ",", name, found.*member);
    return "{" + text + "}";
}

}  // namespace loadgen
