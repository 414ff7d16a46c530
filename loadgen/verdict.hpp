// Can this run be trusted? `invalid` means that the generator could not keep its promise; a slow server never
// makes it so. The thresholds and their reasons are in one place, verdict.cpp.
#pragma once

#include <optional>
#include <string>

#include "loadgen/histogram.hpp"
#include "loadgen/runner.hpp"
#include "loadgen/schedule.hpp"

namespace loadgen {

struct verdict {
    std::string reasons;  // empty: valid. Otherwise each reason with its figure and limit, joined by "; "
    bool client_bound =
        false;               // closed loop: the generator used its whole core, so the rate is the generator's
    bool saturated = false;  // open loop: requests queued for a connection; the latencies stand
};

verdict judge(const load& offered, const measurement& measured, const histogram& latency);

// The rate at which an open loop's requests were begun (sent, or connected for), from the first due to the
// last begun, over the rate offered. Empty for a closed loop, and where fewer than two were begun.
std::optional<double> achieved_over_offered(const load& offered, const recorder& record);

}  // namespace loadgen
