#include "loadgen/tests/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <charconv>
#include <stdexcept>

namespace loadgen::tests {

child_process::child_process(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(ends[1], STDOUT_FILENO);
        ::execv(arguments.front(), arguments.data());
        ::_exit(127);
    }
    ::close(ends[1]);
    stdout_ = ends[0];
    if (pid_ < 0) throw std::runtime_error("cannot start " + command.front());
}

child_process::~child_process() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    ::close(stdout_);
}

std::uint16_t child_process::announced_port() const {
    std::string line;
    for (char c = 0; ::read(stdout_, &c, 1) == 1 && c != '\n';) line += c;
    const auto colon = line.rfind(':');
    std::uint16_t port = 0;
    if (colon != std::string::npos) std::from_chars(line.data() + colon + 1, line.data() + line.size(), port);
    if (port == 0) throw std::runtime_error("expected 'listening on HOST:PORT', got '" + line + "'");
    return port;
}

}  // namespace loadgen::tests
