#include "loadgen/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace loadgen {
namespace {

using nanoseconds = histogram::nanoseconds;

constexpr auto sub_bucket_bits = histogram::sub_bucket_bits;
constexpr auto sub_buckets = histogram::sub_buckets;
constexpr std::uint64_t half = sub_buckets / 2;

// Values below 2,048 have a bucket each; above, each doubling of the value adds 1,024 buckets of twice the
// width.
constexpr std::size_t index_of(std::uint64_t value) {
    if (value < sub_buckets) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - sub_bucket_bits;
    return half * shift + (value >> shift);
}

constexpr std::uint64_t lower_edge(std::size_t index) {
    if (index < sub_buckets) return index;
    const auto shift = index / half - 1;
    return (index - half * shift) << shift;
}

constexpr std::size_t bucket_count = index_of(static_cast<std::uint64_t>(histogram::highest.count())) + 1;
static_assert(lower_edge(index_of(1'000'000)) <= 1'000'000 &&
              lower_edge(index_of(1'000'000) + 1) > 1'000'000);

nanoseconds as_duration(std::uint64_t value) {
    return nanoseconds(static_cast<nanoseconds::rep>(value));
}

}  // namespace

// The memory is reserved here and first touched by the values that need it: most histograms need little of
// it.
histogram::histogram() {
    counts_.reserve(bucket_count);
}

void histogram::record(nanoseconds value) {
    const auto bounded = std::clamp(value, nanoseconds(0), highest);
    const auto index = index_of(static_cast<std::uint64_t>(bounded.count()));
    if (index >= counts_.size()) counts_.resize(index + 1);
    ++counts_[index];
    ++count_;
    max_ = std::max(max_, bounded);
    sum_ += bounded;
}

void histogram::merge(const histogram& other) {
    counts_.resize(std::max(counts_.size(), other.counts_.size()));
    for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
    sum_ += other.sum_;
}

void histogram::remove(const histogram& part) {
    for (std::size_t i = 0; i < part.counts_.size(); ++i) counts_[i] -= part.counts_[i];
    count_ -= part.count_;
    sum_ -= part.sum_;
    const auto highest_left = bucket_at(1, count_);
    max_ = count_ > 0 ? std::min(highest_left, max_) : nanoseconds(0);
}

nanoseconds histogram::bucket_at(double q, std::uint64_t count) const {
    const auto rank =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count))));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        seen += counts_[i];
        if (seen >= rank) return as_duration(lower_edge(i + 1) - 1);
    }
    return no_value;
}

std::vector<histogram::bucket> histogram::buckets() const {
    std::vector<bucket> result;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        if (counts_[i] == 0) continue;
        result.push_back({as_duration(lower_edge(i)), as_duration(lower_edge(i + 1) - 1), counts_[i]});
    }
    return result;
}

}  // namespace loadgen
