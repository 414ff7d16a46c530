// A recorder as two lists of whole numbers: those that are added over ranks, and those of which the largest
// counts. So the recorder of all ranks is two reductions, of buckets and not of averages. The lists of all
// ranks have to be of one shape: `shape_of` says how large each histogram is, and `fit` makes it as large as
// the largest. The rows go their own way.
#pragma once

#include <cstdint>
#include <vector>

#include "loadgen/fleet/words.hpp"
#include "loadgen/recorder.hpp"

namespace loadgen {

struct tally {
    std::vector<std::uint64_t> sums;
    std::vector<std::int64_t> most;
};

words shape_of(recorder& record);
void fit(recorder& record, const words& shape);
tally tally_of(recorder& record);
// Into a recorder of that shape. Throws std::runtime_error where they are more or fewer numbers than it has.
void put_back(const tally& numbers, recorder& record);

// The rows, each as so many words.
inline constexpr std::size_t words_of_a_row = 17;
words words_of(const std::vector<exchange>& rows);
std::vector<exchange> rows_of(const words& from);

}  // namespace loadgen
