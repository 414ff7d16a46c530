#include "loadgen/hdr_text.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include <fmt/core.h>

namespace loadgen {
namespace {

constexpr double ticks_per_half_distance = 5;
// What HdrHistogram calls buckets: the doublings that its sub-buckets are spread over.
constexpr int doublings = std::bit_width(static_cast<std::uint64_t>(histogram::highest.count())) -
                          static_cast<int>(histogram::sub_bucket_bits) + 1;

double ms(double nanoseconds) {
    return nanoseconds / 1e6;
}

// From the buckets' middles: the histogram keeps no sum of squares.
double standard_deviation(const std::vector<histogram::bucket>& buckets, double mean, double count) {
    double squares = 0;
    for (const auto& b : buckets) {
        const auto middle = static_cast<double>((b.lower + b.upper).count()) / 2;
        squares += static_cast<double>(b.count) * (middle - mean) * (middle - mean);
    }
    return std::sqrt(squares / count);
}

double next_percentile(double reached) {
    const double halvings = std::floor(std::log2(1 / (1 - reached))) + 1;
    return reached + 1 / (ticks_per_half_distance * std::exp2(halvings));
}

}  // namespace

std::string hdr_text(const histogram& values) {
    auto text = fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount",
                            "1/(1-Percentile)");
    const auto buckets = values.buckets();
    const auto total = static_cast<double>(values.count());
    double percentile = 0;
    std::uint64_t seen = 0;
    for (const auto& b : buckets) {
        seen += b.count;
        const auto value = ms(static_cast<double>(std::min(b.upper, values.max()).count()));
        for (; seen < values.count() && percentile <= static_cast<double>(seen) / total;
             percentile = next_percentile(percentile))
            text += fmt::format("{:12.3f} {:14.12f} {:10} {:14.2f}\n", value, percentile, seen,
                                1 / (1 - percentile));
        if (seen == values.count()) text += fmt::format("{:12.3f} {:14.12f} {:10}\n", value, 1.0, seen);
    }
    const auto mean = total > 0 ? static_cast<double>(values.sum().count()) / total : 0;
    const auto deviation = total > 0 ? standard_deviation(buckets, mean, total) : 0;
    text += fmt::format("#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n", ms(mean), ms(deviation));
    text += fmt::format("#[Max     = {:12.3f}, Total count    = {:12}]\n",
                        ms(static_cast<double>(values.max().count())), values.count());
    return text +
           fmt::format("#[Buckets = {:12}, SubBuckets     = {:12}]\n", doublings, histogram::sub_buckets);
}

}  // namespace loadgen
