#include "loadgen/fleet/guard.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>
#include <thread>

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// From the launcher's SIGTERM on, others may still write when this one has written: the launcher is told of
// the first end no sooner.
constexpr auto linger = 800ms;

// By which the generator learns that it is to end. Inside of MPI it hears no SIGTERM, and another rank's end
// may keep it there for ever: so it has only so many seconds to write what it has.
constexpr int to_end = SIGUSR2;
constexpr unsigned longest_end_s = 3;

void end_soon(int) {
    ::alarm(longest_end_s);
    ::kill(::getpid(), SIGTERM);
}

// As its generator did: MPICH's launcher ends the ranks of other hosts only where a signal has ended one, and
// lets them go on where one has exited, whatever its code.
[[noreturn]] void end_by(int signal) {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    std::_Exit(128 + signal);
}

[[noreturn]] void guard(pid_t child, const sigset_t& heard) {
    clock::time_point may_end{};
    for (;;) {
        int signal = 0;
        ::sigwait(&heard, &signal);
        if (signal != SIGCHLD) {
            ::kill(child, to_end);
            if (may_end == clock::time_point{}) may_end = clock::now() + linger;
            continue;
        }
        int status = 0;
        if (::waitpid(child, &status, WNOHANG) != child || (!WIFEXITED(status) && !WIFSIGNALED(status)))
            continue;
        std::this_thread::sleep_until(may_end);
        if (WIFSIGNALED(status)) end_by(WTERMSIG(status));
        std::_Exit(WEXITSTATUS(status));
    }
}

}  // namespace

void continue_under_guard() {
    sigset_t heard, before;
    ::sigemptyset(&heard);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) ::sigaddset(&heard, signal);
    ::sigprocmask(SIG_BLOCK, &heard, &before);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // should the launcher itself be killed
    const pid_t parent = ::getpid(), child = ::fork();
    if (child < 0)
        throw std::system_error(errno, std::generic_category(), "cannot start a process (ulimit -u)");
    if (child > 0) guard(child, heard);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ::setpgid(0, 0);
    ::signal(to_end, end_soon);
    ::prctl(PR_SET_PDEATHSIG, to_end);
    if (::getppid() != parent) std::_Exit(128 + SIGKILL);
}

}  // namespace loadgen
