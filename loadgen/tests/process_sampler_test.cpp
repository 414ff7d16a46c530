#include "loadgen/process_sampler.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

void burn(nanoseconds cpu) {
    timespec from{}, now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    do {
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    } while (std::chrono::seconds(now.tv_sec - from.tv_sec) + nanoseconds(now.tv_nsec - from.tv_nsec) < cpu);
}

TEST(process_sampler, counts_the_cpu_time_of_threads_that_have_ended) {
    process_sampler sampler(::getpid());
    const auto before = sampler.sample(clock::now());
    std::jthread([] { burn(20ms); }).join();
    const auto after = sampler.sample(clock::now());
    EXPECT_GE(after.cpu - before.cpu, 20ms);
}

TEST(process_sampler, sees_living_threads_and_memory) {
    process_sampler sampler(::getpid());
    std::latch started(5), enough(1);
    std::vector<std::jthread> threads;
    threads.reserve(5);
    for (int i = 0; i < 5; ++i)
        threads.emplace_back([&] {
            started.count_down();
            enough.wait();
        });
    started.wait();
    const auto sample = sampler.sample(clock::now());
    EXPECT_GE(sample.threads, 6U);
    EXPECT_GT(sample.rss_kib, 1000U);
    EXPECT_GE(sampler.rss_peak_kib(), 1000U);
    enough.count_down();
}

TEST(process_sampler, context_switches_never_fall_when_threads_end) {
    process_sampler sampler(::getpid());
    std::latch enough(1);
    std::jthread waiting([&] { enough.wait(); });
    sampler.walk_now();
    const auto before = sampler.sample(clock::now()).context_switches;
    enough.count_down();
    waiting.join();
    sampler.walk_now();
    EXPECT_GE(sampler.sample(clock::now()).context_switches, before);
}

TEST(process_sampler, a_process_that_is_not_there_is_an_error) {
    EXPECT_THROW(process_sampler(0x3fffffff), std::runtime_error);
}

}  // namespace
}  // namespace loadgen
