// What this machine's generator can do at its best: measured against a responder of its own that does next to
// nothing. A run that comes near these figures measures the generator.
#pragma once

#include <string>

#include "loadgen/exchange.hpp"

namespace loadgen {

struct calibration {
    double kept_rps = 0;   // highest rate, 64 kept connections in a closed loop
    double fresh_rps = 0;  // the same with a connection per request
    double kept_cpu_us_per_request = 0, fresh_cpu_us_per_request = 0;  // of the generator's threads
    double kept_utilisation = 0,
           fresh_utilisation = 0;           // of the busiest thread; far below 1: the responder was the limit
    double lag_p50_us = 0, lag_p99_us = 0;  // open loop at 1,000/s: how punctual it is when there is time
    double floor_p50_us = 0, floor_p99_us = 0;  // its latency there: the least that any server here can show
};

// Takes about three seconds. Throws what `run` throws.
calibration calibrate(unsigned threads);

std::string text_of(const calibration& found);
std::string json_of(const calibration& found);  // one flat object, keys as the members

}  // namespace loadgen
