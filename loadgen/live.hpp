// What can be seen of a run while it lasts. Each worker keeps a few counters that only it writes, with
// relaxed loads and stores: no lock, no read-modify-write, and nothing that waits for the one who looks. The
// latencies are coarse (eight steps to a doubling); the summary's come from the histogram.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "loadgen/exchange.hpp"
#include "loadgen/plan.hpp"

namespace loadgen {

class live_counters {
public:
    static constexpr std::size_t steps = 8 * 43;  // up to a little more than two hours

    void started() { add_one(started_); }
    void finished(const exchange& request);

private:
    friend struct live_totals;
    using counter = std::atomic<std::uint64_t>;

    static void add_one(counter& to) {
        to.store(to.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    counter started_{0}, ended_{0}, failed_{0};
    std::array<counter, steps> latency_{};
};

// The counters of all workers at one moment, give or take what happened while they were read.
struct live_totals {
    std::uint64_t started = 0, ended = 0, failed = 0;
    std::array<std::uint64_t, live_counters::steps> latency{};

    void add(const live_counters& of);
    nanoseconds quantile(double q) const;  // nearest rank, the upper edge of its step; zero when empty
};

// One line of at most 100 characters: how far, how fast since `before`, what is in flight, latency and errors
// so far.
std::string live_line(const plan& what, const live_totals& now, const live_totals& before,
                      nanoseconds elapsed, nanoseconds since_before);

}  // namespace loadgen
