#include "loadgen/process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

namespace loadgen {

std::uint64_t make_room_for_connections() {
    constexpr rlim_t other_files = 64;  // event loops and timers of a few threads, output
    constexpr rlim_t most = 16'384;     // beyond it a doubling is rare, and the table would take a megabyte
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return std::numeric_limits<std::uint64_t>::max();
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const int highest =
        ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, static_cast<int>(std::min(files.rlim_max, most)) - 1);
    if (highest >= 0) ::close(highest);
    return files.rlim_max - std::min(files.rlim_max, other_files);
}

void make_timers_exact() {
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

times thread_times() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    times result{std::chrono::seconds(used.tv_sec) + nanoseconds(used.tv_nsec), nanoseconds(0)};
    std::ifstream file("/proc/thread-self/schedstat");
    nanoseconds::rep ran = 0, waited = 0;
    if (file >> ran >> waited) result.waiting = nanoseconds(waited);
    return result;
}

nanoseconds stolen_time() {
    std::ifstream file("/proc/stat");
    std::string name;
    std::array<nanoseconds::rep, 8> ticks{};  // user nice system idle iowait irq softirq steal
    file >> name;
    for (auto& field : ticks) file >> field;
    const nanoseconds tick = std::chrono::seconds(1) / ::sysconf(_SC_CLK_TCK);
    return file ? ticks.back() * tick : nanoseconds(0);
}

void be_awake_at(clock::time_point start) {
    std::this_thread::sleep_until(start - std::chrono::milliseconds(1));
    while (clock::now() < start) std::this_thread::yield();  // there may be more of us than cores
}

}  // namespace loadgen
