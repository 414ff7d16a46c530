#include "loadgen/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using nanoseconds = std::chrono::nanoseconds;

std::vector<nanoseconds> some_values(unsigned seed, std::size_t count) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> exponent(
        0, std::log10(3.6e12));  // 1 ns to 1 h, as many of each magnitude
    std::vector<nanoseconds> values;
    while (values.size() < count)
        values.emplace_back(static_cast<nanoseconds::rep>(std::pow(10.0, exponent(random))));
    return values;
}

nanoseconds by_sorting(std::vector<nanoseconds> values, double q) {
    std::sort(values.begin(), values.end());
    const auto rank = std::max(1.0, std::ceil(q * static_cast<double>(values.size())));
    return values[static_cast<std::size_t>(rank) - 1];
}

TEST(histogram, quantiles_agree_with_sorting_to_three_digits) {
    for (unsigned seed = 0; seed < 50; ++seed) {
        const auto values = some_values(seed, 1 + seed * 37);
        histogram filled;
        for (const auto value : values) filled.record(value);
        for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
            const auto expected = static_cast<double>(by_sorting(values, q).count());
            const auto found = static_cast<double>(filled.quantile(q).count());
            EXPECT_GE(found, expected) << "q " << q << " seed " << seed;
            EXPECT_LE(found, expected * 1.001 + 0.5) << "q " << q << " seed " << seed;
        }
    }
}

TEST(histogram, merging_equals_recording_together) {
    histogram left, right, both;
    for (const auto value : some_values(1, 500)) left.record(value), both.record(value);
    for (const auto value : some_values(2, 700)) right.record(value), both.record(value);
    left.merge(right);
    EXPECT_EQ(left.count(), both.count());
    EXPECT_EQ(left.sum(), both.sum());
    EXPECT_EQ(left.max(), both.max());
    for (double q = 0; q <= 1; q += 0.01) EXPECT_EQ(left.quantile(q), both.quantile(q));
}

TEST(histogram, what_is_removed_leaves_the_others_and_a_maximum_known_to_its_bucket) {
    histogram left, right, both;
    for (const auto value : some_values(1, 500)) left.record(value), both.record(value);
    for (const auto value : some_values(2, 700)) right.record(value), both.record(value);
    both.record(2h);
    right.record(2h);
    both.remove(right);
    EXPECT_EQ(left.count(), both.count());
    EXPECT_EQ(left.sum(), both.sum());
    EXPECT_GE(both.max(), left.max());
    EXPECT_LE(both.max(), left.max() + left.max() / 1024);
    for (double q = 0; q < 1; q += 0.01) EXPECT_EQ(left.quantile(q), both.quantile(q));
    both.remove(left);
    EXPECT_EQ(both.count(), 0U);
    EXPECT_EQ(both.max(), 0ns);
}

TEST(histogram, keeps_what_is_out_of_range_at_its_edges) {
    histogram filled;
    filled.record(-5ns);
    filled.record(3h);
    EXPECT_EQ(filled.count(), 2U);
    EXPECT_EQ(filled.quantile(0), 0ns);
    EXPECT_EQ(filled.max(), histogram::highest);
}

TEST(histogram, has_no_quantile_beyond_its_values) {
    histogram filled;
    EXPECT_EQ(filled.quantile(0.5), histogram::no_value);
    filled.record(10ms);
    EXPECT_EQ(filled.quantile(0.99), 10ms);
    EXPECT_GE(filled.bucket_at(0.5, 2), 10ms);
    EXPECT_LE(filled.bucket_at(0.5, 2), 10.01ms);
    EXPECT_EQ(filled.bucket_at(0.99, 2), histogram::no_value);
}

TEST(histogram, buckets_hold_every_value_between_their_edges) {
    histogram filled;
    const auto values = some_values(3, 1000);
    for (const auto value : values) filled.record(value);
    std::uint64_t total = 0;
    auto previous = nanoseconds(-1);
    for (const auto& bucket : filled.buckets()) {
        EXPECT_GT(bucket.lower, previous);
        previous = bucket.upper;
        total += bucket.count;
        EXPECT_EQ(bucket.count,
                  static_cast<std::uint64_t>(std::count_if(values.begin(), values.end(), [&](auto v) {
                      return v >= bucket.lower && v <= bucket.upper;
                  })));
    }
    EXPECT_EQ(total, values.size());
}

TEST(histogram, knows_the_exact_sum_count_and_greatest) {
    histogram filled;
    for (const auto value : {1'000'001ns, 3ns, 5'000'000ns}) filled.record(value);
    EXPECT_EQ(filled.sum(), 6'000'004ns);
    EXPECT_EQ(filled.count(), 3U);
    EXPECT_EQ(filled.max(), 5'000'000ns);
    histogram other;
    other.record(7ns);
    other.merge(filled);
    EXPECT_EQ(other.sum(), 6'000'011ns);
    EXPECT_EQ(other.max(), 5'000'000ns);
}

TEST(histogram, the_nearest_rank_is_not_the_next_one) {
    histogram filled;
    for (int i = 1; i <= 10; ++i) filled.record(nanoseconds(i));
    EXPECT_EQ(filled.quantile(0), 1ns);
    EXPECT_EQ(filled.quantile(0.1), 1ns);
    EXPECT_EQ(filled.quantile(0.11), 2ns);
    EXPECT_EQ(filled.quantile(0.5), 5ns);
    EXPECT_EQ(filled.quantile(1), 10ns);
}

}  // namespace
}  // namespace loadgen
