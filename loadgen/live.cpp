#include "loadgen/live.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include <fmt/core.h>

#include "loadgen/time_text.hpp"

namespace loadgen {
namespace {

constexpr unsigned step_bits = 3;  // eight steps to a doubling

constexpr std::size_t step_of(std::uint64_t value) {
    if (value < (1U << step_bits)) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - step_bits - 1;
    return (static_cast<std::size_t>(shift) << step_bits) + (value >> shift);
}

constexpr std::uint64_t upper_edge(std::size_t step) {
    if (step < (2U << step_bits)) return step;
    const auto shift = (step >> step_bits) - 1;
    return ((step - (shift << step_bits) + 1) << shift) - 1;
}

static_assert(step_of(1000) == step_of(upper_edge(step_of(1000))));
static_assert(step_of(1000) + 1 == step_of(upper_edge(step_of(1000)) + 1));

double share_done(const plan& what, const live_totals& now, nanoseconds elapsed) {
    const auto done =
        what.load.requests
            ? static_cast<double>(now.ended) / static_cast<double>(*what.load.requests)
            : std::chrono::duration<double>(elapsed) / std::chrono::duration<double>(*what.load.duration);
    return std::min(done, 1.0);
}

double us(nanoseconds value) {
    return static_cast<double>(value.count()) / 1e3;
}

}  // namespace

void live_counters::finished(const exchange& request) {
    add_one(ended_);
    if (request.result != outcome::ok) add_one(failed_);
    const auto latency = static_cast<std::uint64_t>(std::max<nanoseconds::rep>(request.latency().count(), 0));
    add_one(latency_[std::min(step_of(latency), steps - 1)]);
}

void live_totals::add(const live_counters& of) {
    ended += of.ended_.load(std::memory_order_relaxed);
    failed += of.failed_.load(std::memory_order_relaxed);
    started += of.started_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < latency.size(); ++i)
        latency[i] += of.latency_[i].load(std::memory_order_relaxed);
}

nanoseconds live_totals::quantile(double q) const {
    const auto count = std::accumulate(latency.begin(), latency.end(), std::uint64_t{0});
    const auto rank = std::max(1.0, std::ceil(q * static_cast<double>(count)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < latency.size(); ++i) {
        seen += latency[i];
        if (static_cast<double>(seen) >= rank)
            return nanoseconds(static_cast<nanoseconds::rep>(upper_edge(i)));
    }
    return nanoseconds(0);
}

std::string live_line(const plan& what, const live_totals& now, const live_totals& before,
                      nanoseconds elapsed, nanoseconds since_before) {
    const auto rate = static_cast<double>(now.ended - before.ended) /
                      std::max(std::chrono::duration<double>(since_before).count(), 1e-9);
    return fmt::format("{:3.0f} %  {:.1f} s  {:.0f}/s  {} in flight  p50 {}  p99 {}  {} failed",
                       share_done(what, now, elapsed) * 100, std::chrono::duration<double>(elapsed).count(),
                       rate, now.started - std::min(now.started, now.ended), time_text(us(now.quantile(0.5))),
                       time_text(us(now.quantile(0.99))), now.failed);
}

}  // namespace loadgen
