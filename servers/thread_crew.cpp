#include "servers/thread_crew.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace servers {
namespace {

// Far more than a connection needs. glibc keeps 40 MiB of ended threads' stacks for the next ones: of the
// default 8 MiB that would be five, of this it is 160, and a thread whose stack is at hand costs about half
// the processor time to start and end. It is also why these are not std::thread, which has no say in its
// stack.
constexpr std::size_t stack_bytes = 256 * 1024;

// Used by nobody else here, and ignored wherever it is not expected.
constexpr int interrupt_signal = SIGURG;
constexpr std::chrono::milliseconds between_interrupts{10};

// So that whoever comes after a burst does not wait for all of its threads' stacks to be given back.
constexpr std::size_t most_joined_at_once = 64;

class thread_attributes {
public:
    thread_attributes() {
        if (const int error = ::pthread_attr_init(&attributes_); error != 0) {
            throw std::system_error(error, std::generic_category(), "cannot describe a thread");
        }
        ::pthread_attr_setstacksize(&attributes_, stack_bytes);
    }
    thread_attributes(const thread_attributes&) = delete;
    thread_attributes& operator=(const thread_attributes&) = delete;
    ~thread_attributes() { ::pthread_attr_destroy(&attributes_); }

    [[nodiscard]] const pthread_attr_t* get() const { return &attributes_; }

private:
    pthread_attr_t attributes_{};
};

}  // namespace

thread_crew::~thread_crew() {
    std::unique_lock lock(mutex_);
    all_ended_.wait(lock, [this] { return running_.empty(); });
    for (const task& each : ended_) ::pthread_join(each.handle, nullptr);
}

void thread_crew::start(std::function<void()> body) {
    join_ended();
    const thread_attributes attributes;
    std::list<task> starting;
    task& added = starting.emplace_back(*this, std::move(body));
    added.place = starting.begin();
    {
        const std::lock_guard lock(mutex_);
        running_.splice(running_.end(), starting);
    }
    pthread_t thread{};
    const int error = ::pthread_create(&thread, attributes.get(), &thread_crew::run, &added);
    if (error != 0) {
        const std::lock_guard lock(mutex_);
        running_.erase(added.place);
        if (running_.empty()) all_ended_.notify_all();
        throw std::system_error(error, std::generic_category(), "cannot start a thread");
    }
}

void thread_crew::start_all(std::string_view flag, unsigned count,
                            const std::function<void(unsigned)>& body) {
    std::promise<bool> all_started;
    const std::shared_future<bool> to_go_on = all_started.get_future();
    for (unsigned i = 0; i < count; ++i) {
        try {
            start([body, i, to_go_on] {
                if (to_go_on.get()) body(i);
            });
        } catch (const std::exception& error) {
            all_started.set_value(false);
            throw std::runtime_error(
                fmt::format("{}: {} of {} threads could be started ({}); ask for fewer, or allow more", flag,
                            i, count, error.what()));
        }
    }
    all_started.set_value(true);
}

bool thread_crew::ended_within(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return all_ended_.wait_for(lock, limit, [this] { return running_.empty(); });
}

bool thread_crew::interrupted_and_ended_within(std::chrono::milliseconds limit) {
    struct sigaction nothing {};
    nothing.sa_handler = [](int) {};  // without SA_RESTART
    ::sigaction(interrupt_signal, &nothing, nullptr);
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::unique_lock lock(mutex_);
    while (!running_.empty() && std::chrono::steady_clock::now() < deadline) {
        for (const task& each : running_) {
            if (each.interruptible) ::pthread_kill(each.handle, interrupt_signal);
        }
        const auto pause = std::min(deadline, std::chrono::steady_clock::now() + between_interrupts);
        all_ended_.wait_until(lock, pause, [this] { return running_.empty(); });
    }
    return running_.empty();
}

std::size_t thread_crew::size() const {
    const std::lock_guard lock(mutex_);
    return running_.size();
}

void* thread_crew::run(void* argument) {
    task& self = *static_cast<task*>(argument);
    self.handle = ::pthread_self();
    self.interruptible = true;
    self.body();
    self.body = nullptr;
    self.crew.end(self);
    return nullptr;
}

void thread_crew::end(task& self) {
    const std::lock_guard lock(mutex_);
    ended_.splice(ended_.end(), running_, self.place);
    if (running_.empty()) all_ended_.notify_all();
}

// Whoever starts a thread joins those that have ended, and waits for none: were each to join the one before
// it, two that end together would wait for each other's last steps, at a context switch or two for each
// connection.
void thread_crew::join_ended() {
    std::list<task> ended;
    {
        const std::lock_guard lock(mutex_);
        const auto few = std::min(ended_.size(), most_joined_at_once);
        ended.splice(ended.end(), ended_, ended_.begin(),
                     std::next(ended_.begin(), static_cast<std::ptrdiff_t>(few)));
    }
    ended.remove_if([](const task& each) { return ::pthread_tryjoin_np(each.handle, nullptr) == 0; });
    if (ended.empty()) return;
    const std::lock_guard lock(mutex_);
    ended_.splice(ended_.end(), ended);
}

}  // namespace servers
