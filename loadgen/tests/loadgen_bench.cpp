// What the generator's own bookkeeping costs per request, so that nobody has to guess how much of a latency
// is ours.
#include <benchmark/benchmark.h>

#include "loadgen/recorder.hpp"
#include "loadgen/reply_reader.hpp"
#include "loadgen/schedule.hpp"

namespace {

using namespace loadgen;
using namespace std::chrono_literals;

void record_a_latency(benchmark::State& state) {
    histogram values;
    nanoseconds value = 50us;
    for (auto _ : state) {
        values.record(value);
        value = nanoseconds((value.count() * 1103515245 + 12345) % 100'000'000);
    }
    benchmark::DoNotOptimize(values.max());
}
BENCHMARK(record_a_latency);

void record_a_whole_request(benchmark::State& state) {
    recorder all(1, 0, 1h);
    exchange x;
    x.lag = 2us;
    x.service = 60us;
    x.result = outcome::ok;
    for (auto _ : state) {
        x.due += 10us;
        all.started(x.due);
        all.finished(x);
    }
    benchmark::DoNotOptimize(all.requests());
}
BENCHMARK(record_a_whole_request);

void plan_a_request(benchmark::State& state, arrivals kind) {
    schedule from(
        {.arrivals = kind, .rate = 1000, .requests = std::nullopt, .duration = std::nullopt, .seed = 1}, 0,
        1);
    for (auto _ : state) {
        benchmark::DoNotOptimize(from.peek());
        from.take();
    }
}
BENCHMARK_CAPTURE(plan_a_request, constant, arrivals::constant);
BENCHMARK_CAPTURE(plan_a_request, poisson, arrivals::poisson);

void read_a_reply(benchmark::State& state) {
    constexpr std::string_view reply =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{\"result\":\"Task "
        "Complete!\"}";
    for (auto _ : state) {
        reply_reader reader(false);
        if (reader.feed(reply) != progress::complete) state.SkipWithError("the reply was not read");
    }
}
BENCHMARK(read_a_reply);

}  // namespace

BENCHMARK_MAIN();
