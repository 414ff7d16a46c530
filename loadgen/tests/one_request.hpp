// A run of one request, for tests of what is written of a run.
#pragma once

#include "loadgen/summary.hpp"

namespace loadgen::tests {

using namespace std::chrono_literals;

inline measurement one_request() {
    measurement m{.record = recorder(1, 10, 1s)};
    exchange x;
    x.lag = 1us;
    x.service = 12ms;
    x.result = outcome::ok;
    x.status = 200;
    m.record.started(x.due);
    m.record.finished(x);
    m.length = 12ms;
    for (int i = 0; i < 5; ++i) {
        process_sample sample;
        sample.at = i * 4ms;
        sample.cpu = i * 1ms;
        sample.threads = 3;
        m.samples.push_back(sample);
    }
    return m;
}

inline summary summary_of(const measurement& m) {
    plan asked;
    asked.classes.push_back({"all, \"quoted\"", 1, "/", {}});
    asked.load.requests = 1;
    return summarise(
        asked,
        {.recording = "r", .suite = "s", .variant = "v", .workload = "w", .repetition = 1, .pinned = false},
        10ms, m);
}

}  // namespace loadgen::tests
