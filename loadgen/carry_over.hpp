// What one slice of a duel hands on to the next one of the same server: the connections that stay open, and
// who samples the server's process, whose first look at a thousand threads takes longer than a slice.
#pragma once

#include <memory>
#include <vector>

#include "loadgen/open_socket.hpp"
#include "loadgen/process_sampler.hpp"

namespace loadgen {

struct carry_over {
    std::vector<open_socket> connections;
    std::unique_ptr<process_sampler> sampler;  // null: the server's process is not known
};

}  // namespace loadgen
