// One run: starts the threads together, samples the server meanwhile, joins, and returns everything measured.
#pragma once

#include <stdexcept>

#include "loadgen/carry_over.hpp"
#include "loadgen/fleet.hpp"
#include "loadgen/interrupts.hpp"
#include "loadgen/measurement.hpp"
#include "loadgen/plan.hpp"

namespace loadgen {

// Not one connection to the server could be made.
struct unreachable_server : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Throws unreachable_server, or another std::runtime_error when the generator cannot start.
measurement run(const plan& what, interrupts& from_outside);

// The same, with the connections and the sampler that the run before has left, and leaves its own.
measurement run(const plan& what, interrupts& from_outside, carry_over& carried);

// This rank's part of a run, after a warm-up of the same load on the same connections, where the plan has
// one. Throws called_off where another rank could not start.
measurement run_warmed_up(const plan& what, interrupts& from_outside, fleet& ranks);

}  // namespace loadgen
