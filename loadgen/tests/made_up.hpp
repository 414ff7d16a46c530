// Requests and measurements made up for tests: what a run would have recorded.
#pragma once

#include <vector>

#include "loadgen/measurement.hpp"
#include "loadgen/plan.hpp"

namespace loadgen::tests {

inline exchange request(std::uint64_t index, nanoseconds due, nanoseconds service, outcome result,
                        nanoseconds lag = nanoseconds(0), nanoseconds queue = nanoseconds(0)) {
    exchange x;
    x.request = index;
    x.due = due;
    x.queue = queue;
    x.lag = x.own = lag;
    x.service = service;
    x.result = result;
    return x;
}

inline measurement measured(const std::vector<exchange>& requests, nanoseconds length) {
    measurement m{.record = recorder(1, 1000, length)};
    for (const auto& x : requests) {
        m.record.started(x.due);
        m.record.finished(x);
    }
    m.length = length;
    return m;
}

inline plan counting_plan(std::uint64_t requests) {
    plan what;
    what.classes.push_back({"all", 1, "/", {}});
    what.load.requests = requests;
    return what;
}

}  // namespace loadgen::tests
