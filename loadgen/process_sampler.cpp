#include "loadgen/process_sampler.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <ctime>

#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace loadgen {
namespace {

// A walk over the threads may cost a fiftieth of the time, no more: with thousands of threads it would
// otherwise become the load.
constexpr int walk_cost_share = 50;
// What a sample visits of a walk at most: ten thousand threads at once would keep the sampler for half a
// second from its next sample, and a core from the load.
constexpr std::size_t threads_per_sample = 32;

std::string read_file(const std::string& path) {
    std::string text;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return text;
    std::array<char, 4096> part;
    for (ssize_t got = 0; (got = ::read(file, part.data(), part.size())) > 0;)
        text.append(part.data(), static_cast<std::size_t>(got));
    ::close(file);
    return text;
}

std::uint64_t number_at(std::string_view text) {
    const auto begin = text.find_first_of("0123456789");
    std::uint64_t value = 0;
    if (begin != std::string_view::npos)
        std::from_chars(text.data() + begin, text.data() + text.size(), value);
    return value;
}

std::uint64_t number_after(std::string_view text, std::string_view label) {
    const auto at = text.find(label);
    return at == std::string_view::npos ? 0 : number_at(text.substr(at + label.size()));
}

nanoseconds read_clock(clockid_t id) {
    timespec value{};
    if (::clock_gettime(id, &value) != 0) return nanoseconds(-1);
    return std::chrono::seconds(value.tv_sec) + nanoseconds(value.tv_nsec);
}

nanoseconds cpu_of(pid_t pid) {
    clockid_t id{};
    return ::clock_getcpuclockid(pid, &id) == 0 ? read_clock(id) : nanoseconds(-1);
}

struct memory_and_threads {
    std::uint64_t rss_kib, threads;
};

// Not from /proc/PID/stat, for which the kernel visits every thread: 100 us a look at 2,000 of them, of the
// one model only. /proc/PID/statm has the memory, and the folder of the threads has as many links.
std::optional<memory_and_threads> memory_and_threads_of(pid_t pid) {
    const auto sizes = read_file(fmt::format("/proc/{}/statm", pid));
    struct stat tasks {};
    if (sizes.empty() || ::stat(fmt::format("/proc/{}/task", pid).c_str(), &tasks) != 0) return std::nullopt;
    static const auto page_kib = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
    constexpr std::uint64_t other_links = 2;  // `.` and `..`
    return memory_and_threads{number_at(std::string_view(sizes).substr(sizes.find(' ') + 1)) * page_kib,
                              tasks.st_nlink - other_links};
}

}  // namespace

process_sampler::process_sampler(pid_t root, std::string_view flag) : root_(root) {
    if (!memory_and_threads_of(root) || cpu_of(root) < nanoseconds(0))
        throw std::runtime_error(fmt::format("{} {}: there is no such process", flag, root));
    walk_now();
}

process_sample process_sampler::sample(clock::time_point start) {
    if (unvisited_.empty() && clock::now() >= next_walk_) begin_walk();
    walk_on(threads_per_sample);
    process_sample result;
    for (auto& [pid, used] : cpu_) {
        used = std::max(used, cpu_of(pid));  // a process that has ended keeps what it had used
        result.cpu += used;
        if (const auto now = memory_and_threads_of(pid)) {
            result.rss_kib += now->rss_kib;
            result.threads += now->threads;
        }
    }
    result.context_switches = switches_;
    result.generator_cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    result.at = clock::now() - start;
    return result;
}

void process_sampler::walk_now() {
    begin_walk();
    while (!unvisited_.empty()) walk_on(unvisited_.size());
}

void process_sampler::begin_walk() {
    const auto began = clock::now();
    unvisited_.clear();
    visited_.clear();
    list_threads(root_);
    walk_cost_ = clock::now() - began;
    if (unvisited_.empty()) end_walk();  // the process has ended
}

void process_sampler::walk_on(std::size_t threads) {
    if (unvisited_.empty()) return;
    const auto began = clock::now();
    for (; threads > 0 && !unvisited_.empty(); --threads) {
        const thread next = unvisited_.back();
        unvisited_.pop_back();
        visit(next);
    }
    walk_cost_ += clock::now() - began;
    if (unvisited_.empty()) end_walk();
}

void process_sampler::list_threads(pid_t process) {
    cpu_.try_emplace(process, nanoseconds(0));
    const auto folder = fmt::format("/proc/{}/task", process);
    const std::unique_ptr<DIR, int (*)(DIR*)> tasks(::opendir(folder.c_str()), &::closedir);
    if (!tasks) return;
    while (const dirent* entry = ::readdir(tasks.get())) {
        if (entry->d_name[0] != '.')
            unvisited_.push_back({process, static_cast<pid_t>(number_at(entry->d_name))});
    }
}

void process_sampler::visit(thread one) {
    const auto folder = fmt::format("/proc/{}/task/{}", one.process, one.number);
    const auto status = read_file(folder + "/status");
    if (status.empty()) return;  // it has ended since it was listed
    visited_[one.number] = number_after(status, "\nvoluntary_ctxt_switches:") +
                           number_after(status, "nonvoluntary_ctxt_switches:");
    const auto children = read_file(folder + "/children");
    for (std::string_view rest(children); rest.find_first_of("0123456789") != std::string_view::npos;) {
        list_threads(static_cast<pid_t>(number_at(rest)));
        rest.remove_prefix(std::min(rest.find(' ') + 1, rest.size()));
    }
}

void process_sampler::end_walk() {
    for (const auto& [number, count] : living_threads_)
        if (!visited_.contains(number)) ended_switches_ += count;
    living_threads_ = std::move(visited_);
    visited_.clear();
    switches_ = ended_switches_;
    for (const auto& [number, count] : living_threads_) switches_ += count;
    next_walk_ = clock::now() + walk_cost_ * walk_cost_share;
}

std::uint64_t process_sampler::rss_peak_kib() const {
    std::uint64_t peak = 0;
    for (const auto& [pid, used] : cpu_)
        peak += number_after(read_file(fmt::format("/proc/{}/status", pid)), "VmHWM:");
    return peak;
}

}  // namespace loadgen
