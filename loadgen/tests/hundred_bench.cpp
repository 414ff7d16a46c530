// The 100-request comparison as a Google Benchmark program: it starts the real servers and times the makespan
// (manual time), so that
// --benchmark_format=json and =csv, compare.py and every tracker that reads them work with it. --wait_ms=N
// sets the wait (default 50).
#include <benchmark/benchmark.h>

#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <boost/asio/ip/tcp.hpp>

#include "loadgen/request_bytes.hpp"
#include "loadgen/summary.hpp"
#include "loadgen/tests/child_process.hpp"
#include "loadgen/tests/uninterrupted.hpp"

namespace {

using namespace loadgen;
using loadgen::tests::child_process;

struct variant {
    std::string name;
    std::vector<std::string> command;
};

struct workload {
    std::string name;
    std::vector<std::pair<std::string, std::uint32_t>> classes;  // name and weight
};

plan plan_of(const workload& work, int wait_ms, std::uint16_t port) {
    plan what;
    what.server = boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), port);
    what.mode = connection_mode::fresh;
    what.load.requests = 100;
    what.connections = 100;
    for (const auto& [name, weight] : work.classes) {
        const auto target = name == "long" ? fmt::format("/task?wait_ms={}", wait_ms) : std::string("/ping");
        const request_shape shape{.method = "GET",
                                  .host = fmt::format("127.0.0.1:{}", port),
                                  .headers = {},
                                  .body = {},
                                  .keep = false};
        what.classes.push_back({name, weight, target, request_bytes(shape, target)});
    }
    return what;
}

double known(const statistic& value) {
    return value.exact_us.value_or(value.at_least_us.value_or(0)) / 1e3;
}

void hundred(benchmark::State& state, const variant& server, const workload& work, int wait_ms) {
    child_process running(server.command);
    auto what = plan_of(work, wait_ms, running.announced_port());
    double p50_ms = 0, p99_ms = 0, errors = 0;
    std::int64_t requests = 0;
    for (auto _ : state) {
        const auto s = summarise(what, {}, {}, loadgen::tests::run_uninterrupted(what));
        state.SetIterationTime(*s.makespan_ms / 1e3);
        p50_ms += known(s.p50);
        p99_ms += known(s.p99);
        errors += static_cast<double>(s.requests - s.outcomes[index_of(outcome::ok)]);
        requests += static_cast<std::int64_t>(s.requests);
    }
    state.SetItemsProcessed(requests);  // items_per_second: requests per second
    state.counters["p50_ms"] = benchmark::Counter(p50_ms, benchmark::Counter::kAvgIterations);
    state.counters["p99_ms"] = benchmark::Counter(p99_ms, benchmark::Counter::kAvgIterations);
    state.counters["errors"] = benchmark::Counter(errors);
}

// Takes our own flag out of the command line, so that Google Benchmark sees only its own.
int take_wait_ms(int& argc, char** argv) {
    constexpr std::string_view flag = "--wait_ms=";
    int wait_ms = 50, kept = 1;
    for (int i = 1; i < argc; ++i) {
        const std::string_view text = argv[i];
        if (!text.starts_with(flag)) {
            argv[kept++] = argv[i];
            continue;
        }
        const auto value = text.substr(flag.size());
        const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), wait_ms);
        if (fault != std::errc() || end != value.data() + value.size() || wait_ms < 1 || wait_ms > 60'000)
            return -1;
    }
    argc = kept;
    return wait_ms;
}

}  // namespace

int main(int argc, char** argv) {
    const int wait_ms = take_wait_ms(argc, argv);
    if (wait_ms < 0) {
        fmt::print(stderr, "hundred_bench: --wait_ms: is not a whole number from 1 to 60000\n");
        return 2;
    }
    const std::vector<variant> variants{{"sequential", {BLOCKING_SERVER, "--threads", "1"}},
                                        {"pool-8", {BLOCKING_SERVER, "--threads", "8"}},
                                        {"thread-per-request", {BLOCKING_SERVER}},
                                        {"async", {ASYNC_SERVER}},
                                        {"async-2", {ASYNC_SERVER, "--threads", "2"}}};
    const std::vector<workload> workloads{
        {"all-long", {{"long", 1}}}, {"mixed", {{"long", 20}, {"short", 80}}}, {"all-short", {{"short", 1}}}};
    for (const auto& work : workloads)
        for (const auto& server : variants)
            benchmark::RegisterBenchmark(
                fmt::format("hundred/{}/{}/wait_ms:{}", work.name, server.name, wait_ms).c_str(),
                [=](benchmark::State& state) { hundred(state, server, work, wait_ms); })
                ->UseManualTime()
                ->Unit(benchmark::kMillisecond)
                ->Iterations(1);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    try {
        benchmark::RunSpecifiedBenchmarks();
    } catch (const std::exception& fault) {
        fmt::print(stderr, "hundred_bench: {}\n", fault.what());
        return 2;
    }
    return 0;
}
