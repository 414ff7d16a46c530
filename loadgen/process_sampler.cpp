#include "loadgen/process_sampler.hpp"

#include <dirent.h>
#include <fcntl.h>
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

// /proc/PID/stat: after the ")" that ends the name come state (field 3), ..., num_threads (20), ..., rss in
// pages (24).
std::optional<memory_and_threads> read_stat(pid_t pid) {
    const auto text = read_file(fmt::format("/proc/{}/stat", pid));
    std::string_view rest(text);
    const auto name_end = rest.rfind(')');
    if (name_end == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(name_end + 2);
    const auto field = [&](int number) {
        auto from = rest;
        for (int i = 3; i < number; ++i) from.remove_prefix(std::min(from.find(' ') + 1, from.size()));
        return number_at(from);
    };
    static const auto page_kib = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
    return memory_and_threads{field(24) * page_kib, field(20)};
}

}  // namespace

process_sampler::process_sampler(pid_t root) : root_(root) {
    if (!read_stat(root) || cpu_of(root) < nanoseconds(0))
        throw std::runtime_error(fmt::format("--server-pid {}: there is no such process", root));
    walk_now();
}

process_sample process_sampler::sample(clock::time_point start) {
    if (clock::now() >= next_walk_) walk_now();
    process_sample result;
    for (auto& [pid, used] : cpu_) {
        used = std::max(used, cpu_of(pid));  // a process that has ended keeps what it had used
        result.cpu += used;
        if (const auto now = read_stat(pid)) {
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
    const auto began = clock::now();
    std::map<pid_t, std::uint64_t> living;
    walk_process(root_, living);
    for (const auto& [thread, count] : living_threads_)
        if (!living.contains(thread)) ended_switches_ += count;
    living_threads_ = std::move(living);
    switches_ = ended_switches_;
    for (const auto& [thread, count] : living_threads_) switches_ += count;
    const auto ended = clock::now();
    next_walk_ = ended + (ended - began) * walk_cost_share;
}

void process_sampler::walk_process(pid_t pid, std::map<pid_t, std::uint64_t>& living) {
    cpu_.try_emplace(pid, nanoseconds(0));
    const auto folder = fmt::format("/proc/{}/task", pid);
    const std::unique_ptr<DIR, int (*)(DIR*)> tasks(::opendir(folder.c_str()), &::closedir);
    if (!tasks) return;
    while (const dirent* entry = ::readdir(tasks.get())) {
        if (entry->d_name[0] == '.') continue;
        const auto task = fmt::format("{}/{}", folder, entry->d_name);
        const auto status = read_file(task + "/status");
        living[static_cast<pid_t>(number_at(entry->d_name))] =
            number_after(status, "\nvoluntary_ctxt_switches:") +
            number_after(status, "nonvoluntary_ctxt_switches:");
        const auto children = read_file(task + "/children");
        for (std::string_view rest(children); rest.find_first_of("0123456789") != std::string_view::npos;) {
            const auto child = static_cast<pid_t>(number_at(rest));
            walk_process(child, living);
            rest.remove_prefix(std::min(rest.find(' ') + 1, rest.size()));
        }
    }
}

std::uint64_t process_sampler::rss_peak_kib() const {
    std::uint64_t peak = 0;
    for (const auto& [pid, used] : cpu_)
        peak += number_after(read_file(fmt::format("/proc/{}/status", pid)), "VmHWM:");
    return peak;
}

}  // namespace loadgen
