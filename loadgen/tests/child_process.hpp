// A program started by a test or benchmark, killed with its owner. For servers: waits for their "listening on
// HOST:PORT" line.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace loadgen::tests {

class child_process {
public:
    // Throws std::runtime_error when the program cannot be started.
    explicit child_process(const std::vector<std::string>& command);
    ~child_process();  // SIGTERM, then waits
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    pid_t pid() const { return pid_; }
    // The port of the first line on stdout; throws std::runtime_error when there is no such line.
    std::uint16_t announced_port() const;

private:
    pid_t pid_ = -1;
    int stdout_ = -1;
};

}  // namespace loadgen::tests
