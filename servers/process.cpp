#include "servers/process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace servers {

stop_signals::stop_signals() {
    ::sigemptyset(&signals_);
    ::sigaddset(&signals_, SIGINT);
    ::sigaddset(&signals_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals_, &before_);
}

stop_signals::~stop_signals() {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void stop_signals::wait() const {
    int received = 0;
    ::sigwait(&signals_, &received);
}

void allow_many_files() {
    constexpr rlim_t most = 16'384;  // the default of --max-connections
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const int highest =
        ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, static_cast<int>(std::min(files.rlim_max, most)) - 1);
    if (highest >= 0) ::close(highest);
}

void make_timers_exact() {
    ::prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}

}  // namespace servers
