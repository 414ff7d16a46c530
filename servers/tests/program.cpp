#include "servers/tests/program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace servers::tests {
namespace {

std::pair<descriptor, descriptor> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    return {descriptor(ends[0]), descriptor(ends[1])};
}

}  // namespace

program::program(const std::vector<std::string>& arguments) {
    auto [output, to_output] = make_pipe();
    auto [errors, to_errors] = make_pipe();
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, to_output.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, to_errors.get(), STDERR_FILENO);
    std::vector<char*> pointers;
    pointers.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    const int error = ::posix_spawn(&id_, pointers.front(), &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error("cannot run " + arguments.front());
    output_ = std::move(output);
    errors_ = std::move(errors);
}

program::~program() {
    if (id_ < 0) return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
}

std::string program::read_line() {
    std::string line;
    char byte = 0;
    while (::read(output_.get(), &byte, 1) == 1 && byte != '\n') line += byte;
    return line;
}

std::string program::read_errors() {
    std::string text;
    char byte = 0;
    while (::read(errors_.get(), &byte, 1) == 1) text += byte;
    return text;
}

void program::signal(int number) const {
    ::kill(id_, number);
}

int program::exit_code() {
    int status = 0;
    ::waitpid(std::exchange(id_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::uint16_t announced_port(const std::string& line) {
    constexpr std::string_view announcement = "listening on 127.0.0.1:";
    std::uint16_t port = 0;
    if (line.starts_with(announcement)) {
        std::from_chars(line.data() + announcement.size(), line.data() + line.size(), port);
    }
    return port;
}

}  // namespace servers::tests
