// The flags of a duel, two servers in turn: what it needs, and what does not go with it.
#pragma once

#include "loadgen/checker.hpp"
#include "loadgen/duel.hpp"
#include "loadgen/raw_options.hpp"

namespace loadgen {

// Also where there is no --versus: its other flags need it.
void check_versus(const raw_options& raw, checker& check, duel_plan& to);

// The plans of the two sides, each checked by itself.
void set_sides(const raw_options& raw, checker& check, const plan& baseline, const plan& candidate,
               duel_plan& to);

}  // namespace loadgen
