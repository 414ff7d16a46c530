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

TEST(timeline, an_interval_is_as_short_as_two_thousand_of_them_allow) {
    for (const auto& [length, width] : {std::pair<timeline::nanoseconds, timeline::nanoseconds>(9'999ms, 5ms),
                                        {10s, 10ms},
                                        {19'999ms, 10ms},
                                        {20s, 20ms},
                                        {40s, 100ms},
                                        {199s, 100ms},
                                        {200s, 200ms},
                                        {400s, 1s},
                                        {1999s, 1s},
                                        {2000s, 2s},
                                        {4000s, 4s}})
        EXPECT_EQ(timeline::width_for(length), width) << length.count();
}

TEST(timeline, widens_at_the_first_time_that_has_no_interval) {
    timeline line;
    line.ended(9'999ms, true);
    EXPECT_EQ(line.width(), 5ms);
    EXPECT_EQ(line.intervals().size(), 2000U);
    line.ended(10s, true);
    EXPECT_EQ(line.width(), 10ms);
    EXPECT_EQ(line.intervals().size(), 1001U);
    EXPECT_EQ(line.intervals()[999].completed, 1U);
    EXPECT_EQ(line.intervals()[1000].completed, 1U);
}

TEST(timeline, widening_and_merging_keep_every_count_in_its_place) {
    timeline left, right;
    for (auto* line : {&left, &right}) {
        line->started(3ms);
        line->started(8ms);
        line->ended(8ms, false);
        line->ended(14ms, true);
    }
    right.ended(10s, true);  // 10 ms wide, and longer
    for (const bool is_narrow_first : {true, false}) {
        auto merged = is_narrow_first ? left : right;
        merged.merge(is_narrow_first ? right : left);
        ASSERT_EQ(merged.intervals().size(), 1001U);
        EXPECT_EQ(merged.intervals()[0].started, 4U);
        EXPECT_EQ(merged.intervals()[0].failed, 2U);
        EXPECT_EQ(merged.intervals()[0].completed, 0U);
        EXPECT_EQ(merged.intervals()[1].completed, 2U);
        EXPECT_EQ(merged.intervals()[1000].completed, 1U);
    }
}

TEST(timeline, widening_leaves_no_interval_too_many) {
    timeline line;
    line.ended(12ms, true);  // three intervals of 5 ms are two of 10
    timeline wide;
    wide.ended(10s, true);
    const auto empty = timeline();
    auto merged = empty;
    merged.merge(wide);
    EXPECT_EQ(merged.intervals().size(), 1001U);
    line.merge(wide);
    EXPECT_EQ(line.intervals().size(), 1001U);
    EXPECT_EQ(line.intervals()[1].completed, 1U);
}

}  // namespace
}  // namespace loadgen
