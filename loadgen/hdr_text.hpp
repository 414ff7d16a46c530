// A histogram in the percentile text format of HdrHistogram (".hgrm"), which its plotters read: one line per
// percentile, values in milliseconds.
#pragma once

#include <string>

#include "loadgen/histogram.hpp"

namespace loadgen {

// The percentiles of HdrHistogram's own iteration with 5 ticks per halving of the distance to 100 %: 0, 10,
// ... 50, 55, ... 75, 77.5, ...; the last line is the maximum, at percentile 1. An empty histogram has no
// lines but the header and the footer.
std::string hdr_text(const histogram& values);

}  // namespace loadgen
