// The fleet of the ordinary program.
#include "loadgen/fleet.hpp"

namespace loadgen {

std::unique_ptr<fleet> join_fleet() {
    return std::make_unique<fleet>();
}

}  // namespace loadgen
