#include "loadgen/process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <thread>

namespace loadgen {
namespace {

std::uint64_t open_files() {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
    std::uint64_t count = 0;
    while (folder && ::readdir(folder.get()) != nullptr) ++count;
    return count;  // `.`, `..` and the folder itself among them: three to spare
}

}  // namespace

std::uint64_t make_room_for_connections(unsigned threads) {
    constexpr rlim_t of_a_thread = 3;   // its epoll set, its bell, its /proc file
    constexpr rlim_t other_files = 24;  // the main thread's loop, the sampler's, output
    constexpr rlim_t most = 16'384;     // beyond it a doubling is rare, and the table would take a megabyte
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return std::numeric_limits<std::uint64_t>::max();
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const int highest =
        ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, static_cast<int>(std::min(files.rlim_max, most)) - 1);
    if (highest >= 0) ::close(highest);
    const auto taken = open_files() + other_files + threads * of_a_thread;
    return files.rlim_max - std::min<rlim_t>(files.rlim_max, taken);
}

unsigned own_cores() {
    cpu_set_t cores;
    const bool is_known = ::sched_getaffinity(0, sizeof cores, &cores) == 0;
    return is_known ? static_cast<unsigned>(CPU_COUNT(&cores)) : std::thread::hardware_concurrency();
}

void make_timers_exact() {
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

thread_meter::~thread_meter() {
    if (schedstat_ >= 0) ::close(schedstat_);
}

void thread_meter::open() {
    if (schedstat_ < 0) schedstat_ = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
}

times thread_meter::read() const {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    times result{std::chrono::seconds(used.tv_sec) + nanoseconds(used.tv_nsec), nanoseconds(0)};
    std::array<char, 96> text{};  // "RAN WAITED SLICES"
    const auto got = ::pread(schedstat_, text.data(), text.size(), 0);
    const auto* const end = text.data() + std::max<ssize_t>(got, 0);
    const auto* const space = std::find(static_cast<const char*>(text.data()), end, ' ');
    nanoseconds::rep waited = 0;
    if (space != end) std::from_chars(space + 1, end, waited);
    result.waiting = nanoseconds(waited);
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
