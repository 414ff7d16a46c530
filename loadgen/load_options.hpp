// What of the command line says how much is asked, how fast, and over which connections.
#pragma once

#include "loadgen/checker.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/raw_options.hpp"

namespace loadgen {

void check_load(const raw_options& raw, checker& check, plan& to);

}  // namespace loadgen
