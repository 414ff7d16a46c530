// What a slice of a duel, or a warm-up, hands on to the next run of its server: the connections that stay
// open, who samples the server's process, whose first look at a thousand threads takes longer than a slice,
// and that the kernel stamps what it receives.
#pragma once

#include <memory>
#include <vector>

#include "loadgen/open_connection.hpp"
#include "loadgen/process_sampler.hpp"

namespace loadgen {

struct carry_over {
    std::vector<open_connection> connections;
    open_socket stamps;
    std::unique_ptr<process_sampler> sampler;  // null: the server's process is not known
};

}  // namespace loadgen
