// A run that nobody interrupts.
#pragma once

#include "loadgen/runner.hpp"

namespace loadgen::tests {

inline measurement run_uninterrupted(const plan& what) {
    interrupts nobody;
    return run(what, nobody);
}

}  // namespace loadgen::tests
