#include "loadgen/timeline.hpp"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

std::uint64_t completed(const timeline& line) {
    std::uint64_t sum = 0;
    for (const auto& in : line.intervals()) sum += in.completed;
    return sum;
}

TEST(timeline, short_runs_have_intervals_of_5_ms) {
    timeline line;
    line.started(0ms);
    line.ended(12ms, true);
    line.ended(12ms, false);
    ASSERT_EQ(line.intervals().size(), 3U);
    EXPECT_EQ(line.width(), 5ms);
    EXPECT_EQ(line.intervals()[0].started, 1U);
    EXPECT_EQ(line.intervals()[2].completed, 1U);
    EXPECT_EQ(line.intervals()[2].failed, 1U);
}

TEST(timeline, widens_in_bounded_memory_and_loses_nothing) {
    timeline line;
    for (auto at = 0ms; at < 1h; at += 100ms) line.ended(at, true);
    EXPECT_EQ(line.width(), 2s);
    EXPECT_LE(line.intervals().size(), static_cast<std::size_t>(timeline::most_intervals));
    EXPECT_EQ(completed(line), 36'000U);
    for (const auto& in : line.intervals()) EXPECT_EQ(in.completed, 20U);
}

TEST(timeline, merges_different_widths) {
    timeline narrow, wide;
    narrow.ended(1ms, true);
    wide.ended(1ms, true);
    wide.ended(100s, true);
    auto merged = narrow;
    merged.merge(wide);
    EXPECT_EQ(merged.width(), wide.width());
    EXPECT_EQ(completed(merged), 3U);
    EXPECT_EQ(merged.intervals().front().completed, 2U);
}

TEST(timeline, times_before_the_start_belong_to_the_first_interval) {
    timeline line;
    line.started(-1ms);
    EXPECT_EQ(line.intervals().at(0).started, 1U);
    EXPECT_EQ(timeline::width_for(-1ms), 5ms);
}

}  // namespace
}  // namespace loadgen
