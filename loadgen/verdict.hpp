// Can this run be trusted? `invalid` means that the generator could not keep its promise: what it did itself,
// or ran out of, could have moved a printed figure by more than 5 %. A slow, broken or dead server never
// makes a run so. The thresholds and their reasons are in one place, verdict.cpp.
#pragma once

#include <optional>
#include <string>

#include "loadgen/measurement.hpp"
#include "loadgen/plan.hpp"

namespace loadgen {

struct verdict {
    std::string reasons;  // empty: valid. Otherwise each reason with its figure and limit, joined by "; "
    bool client_bound = false;     // closed loop: the generator had no more core, so the rate is its own
    bool generator_bound = false;  // fixed count: its own delays are more than 5 % of the makespan
    // Of ranks: how far their clocks were together is not known well enough to tell the order of their
    // requests.
    bool clock_uncertain = false;
    bool saturated = false;  // open loop: requests queued for a connection; the latencies stand
};

verdict judge(const plan& what, const measurement& measured);

// The rate at which an open loop's requests were begun (sent, or connected for), from the first due to the
// last begun, over the rate offered, of which a rank of `ranks` has its share. Empty for a closed loop, and
// where fewer than two were begun.
std::optional<double> achieved_over_offered(const load& offered, const recorder& record, unsigned ranks = 1);

}  // namespace loadgen
