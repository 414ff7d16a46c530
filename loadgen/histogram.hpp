// Log-linear histogram of durations: 3 significant digits from 1 us to 1 h in fixed memory, mergeable by
// addition. The bucket layout is HdrHistogram's (2,048 linear sub-buckets, doubling widths;
// http://hdrhistogram.org), with a unit of 1 ns, so that a bucket is never wider than 1/1024 of its lower
// edge.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace loadgen {

class histogram {
public:
    using nanoseconds = std::chrono::nanoseconds;
    static constexpr nanoseconds highest = std::chrono::hours(1);
    static constexpr unsigned sub_bucket_bits =
        11;  // 2 x 10^3 distinguishable values, rounded up to a power of two
    static constexpr std::uint64_t sub_buckets = 1ULL << sub_bucket_bits;

    struct bucket {
        nanoseconds lower;  // inclusive
        nanoseconds upper;  // inclusive
        std::uint64_t count;
    };

    histogram();

    // Values below zero count as zero, values above `highest` as `highest`: nothing is dropped.
    void record(nanoseconds value);
    void merge(const histogram& other);
    // Takes out values that are all in it. The maximum is then known to its bucket.
    void remove(const histogram& part);

    std::uint64_t count() const { return count_; }
    nanoseconds max() const { return max_; }  // exact unless some were removed; zero when empty
    nanoseconds sum() const { return sum_; }

    // Nearest rank: the value of rank ceil(q * count), 1-based, in sorted order (rank 1 for q = 0): the upper
    // edge of its bucket, or the exact maximum where that is smaller. `no_value` when empty.
    nanoseconds quantile(double q) const { return std::min(bucket_at(q, count_), max_or_none()); }

    // The upper edge of the bucket that holds rank ceil(q * count) when these values are the smallest of
    // `count`, the rest being larger; `no_value` when the rank lies beyond them.
    nanoseconds bucket_at(double q, std::uint64_t count) const;
    static constexpr nanoseconds no_value{-1};

    std::vector<bucket> buckets() const;  // those that are not empty, ascending

    template <class Fields>
    void visit(Fields& fields) {
        fields.counts(counts_);
        fields.sum(count_);
        fields.sum(sum_);
        fields.most(max_);
    }

private:
    nanoseconds max_or_none() const { return count_ == 0 ? no_value : max_; }

    std::vector<std::uint64_t> counts_;  // up to the highest that is not zero
    std::uint64_t count_ = 0;
    nanoseconds max_{0};
    nanoseconds sum_{0};
};

}  // namespace loadgen
