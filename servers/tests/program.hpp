// A program run by a test: its output can be read, it can be sent a signal, and it does not outlive the test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "servers/descriptor.hpp"

namespace servers::tests {

class program {
public:
    // Starts it; arguments[0] is its path.
    explicit program(const std::vector<std::string>& arguments);
    program(const program&) = delete;
    program& operator=(const program&) = delete;
    ~program();

    // The next line of its output, without the line's end; empty when there is none.
    std::string read_line();
    // All that it has yet to write to its standard error.
    std::string read_errors();
    void signal(int number) const;
    [[nodiscard]] pid_t id() const { return id_; }
    // Waits for its end: its exit code, or minus the signal that ended it.
    int exit_code();

private:
    pid_t id_ = -1;
    descriptor output_;
    descriptor errors_;
};

// The port in "listening on 127.0.0.1:PORT"; 0 if that is not what the line says.
std::uint16_t announced_port(const std::string& line);

}  // namespace servers::tests
