// What the models cost at their root, and what they have in common. Google Benchmark; run it for figures,
// and ctest runs it only to see that it works.
#include <benchmark/benchmark.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "servers/async_connection.hpp"
#if defined(SVA_FIBERS)
#include "servers/fiber_connection.hpp"
#include "servers/fiber_stacks.hpp"
#endif
#include "servers/process.hpp"
#include "servers/request.hpp"
#include "servers/thread_crew.hpp"
#include "servers/workload.hpp"

namespace {

namespace asio = boost::asio;
using servers::awaitable;
using servers::use_loop;
using loop_timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               servers::loop_executor>;

constexpr std::chrono::microseconds short_wait{100};

void receive(servers::incoming_request& request, std::string_view bytes) {
    const auto room = request.room();
    std::memcpy(room.data(), bytes.data(), bytes.size());
    request.received(bytes.size());
}

void parse_request(benchmark::State& state) {
    constexpr std::string_view bytes =
        "GET /task?wait_ms=50 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
    servers::incoming_request request({.header_bytes = 16 * 1024, .body_bytes = 1024});
    for (auto _ : state) {
        receive(request, bytes);
        benchmark::DoNotOptimize(request.target().data());
        request.next();
    }
}
BENCHMARK(parse_request);

void plan_request(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(servers::make_plan("GET", "/task?wait_ms=50"));
}
BENCHMARK(plan_request);

void render_reply(benchmark::State& state) {
    const servers::plan planned = servers::make_plan("GET", "/task");
    std::string wire;
    for (auto _ : state) {
        servers::render(planned.reply, true, wire);
        benchmark::DoNotOptimize(wire.data());
    }
}
BENCHMARK(render_reply);

void start_and_join_thread(benchmark::State& state) {
    for (auto _ : state) std::thread([] {}).join();
}
BENCHMARK(start_and_join_thread)->UseRealTime();

// The same with the server's own threads, which find the last one's stack at hand.
void start_and_end_crew_thread(benchmark::State& state) {
    servers::thread_crew crew;
    for (auto _ : state) {
        crew.start([] {});
        benchmark::DoNotOptimize(crew.ended_within(std::chrono::seconds(10)));
    }
}
BENCHMARK(start_and_end_crew_thread)->UseRealTime();

awaitable<void> nothing() {
    co_return;
}

void spawn_coroutine(benchmark::State& state) {
    asio::io_context context(1);
    for (auto _ : state) {
        asio::co_spawn(context, nothing(), [](const std::exception_ptr&) {});
        context.run();
        context.restart();
    }
}
BENCHMARK(spawn_coroutine);

// Two threads, each waiting for the other's turn to be over: two switches an iteration.
void switch_between_threads(benchmark::State& state) {
    std::mutex mutex;
    std::condition_variable changed;
    bool theirs = false;
    bool over = false;
    std::thread other([&] {
        std::unique_lock lock(mutex);
        while (true) {
            changed.wait(lock, [&] { return theirs || over; });
            if (over) return;
            theirs = false;
            changed.notify_one();
        }
    });
    for (auto _ : state) {
        std::unique_lock lock(mutex);
        theirs = true;
        changed.notify_one();
        changed.wait(lock, [&] { return !theirs; });
    }
    {
        const std::lock_guard lock(mutex);
        over = true;
    }
    changed.notify_one();
    other.join();
    state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK(switch_between_threads)->UseRealTime();

awaitable<void> keep_giving_way(asio::io_context& context, bool& over) {
    while (!over) co_await asio::post(context, use_loop);
}

// Two coroutines that give way to each other: run_one resumes one of them.
void switch_between_coroutines(benchmark::State& state) {
    asio::io_context context(1);
    bool over = false;
    for (int i = 0; i < 2; ++i)
        asio::co_spawn(context, keep_giving_way(context, over), [](const std::exception_ptr&) {});
    for (auto _ : state) {
        context.run_one();
        context.run_one();
    }
    over = true;
    context.run();
    state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK(switch_between_coroutines);

#if defined(SVA_FIBERS)

void spawn_fiber(benchmark::State& state) {
    servers::fiber_stacks stacks;
    asio::io_context context(1);
    for (auto _ : state) {
        asio::spawn(
            context, std::allocator_arg, servers::fiber_stack_allocator{&stacks},
            [](const servers::fiber_yield&) {}, [](const std::exception_ptr&) {});
        context.run();
        context.restart();
    }
}
BENCHMARK(spawn_fiber);

// Two fibers that give way to each other, as the coroutines above.
void switch_between_fibers(benchmark::State& state) {
    servers::fiber_stacks stacks;
    asio::io_context context(1);
    bool over = false;
    for (int i = 0; i < 2; ++i) {
        asio::spawn(
            context, std::allocator_arg, servers::fiber_stack_allocator{&stacks},
            [&](const servers::fiber_yield& yield) {
                while (!over) asio::post(context, yield);
            },
            [](const std::exception_ptr&) {});
    }
    for (auto _ : state) {
        context.run_one();
        context.run_one();
    }
    over = true;
    context.run();
    state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK(switch_between_fibers);

#endif

void wait_by_sleeping(benchmark::State& state) {
    servers::make_timers_exact();
    for (auto _ : state) std::this_thread::sleep_for(short_wait);
}
BENCHMARK(wait_by_sleeping)->UseRealTime();

awaitable<void> wait_on(loop_timer& timer) {
    timer.expires_after(short_wait);
    co_await timer.async_wait(use_loop);
}

void wait_by_timer(benchmark::State& state) {
    servers::make_timers_exact();
    asio::io_context context(1);
    loop_timer timer(context);
    for (auto _ : state) {
        asio::co_spawn(context, wait_on(timer), [](const std::exception_ptr&) {});
        context.run();
        context.restart();
    }
}
BENCHMARK(wait_by_timer)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
