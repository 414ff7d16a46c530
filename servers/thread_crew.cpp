#include "servers/thread_crew.hpp"

#include <fmt/format.h>

#include <memory>
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

struct thread_crew::task {
    thread_crew& crew;
    std::function<void()> body;
};

thread_crew::~thread_crew() {
    std::unique_lock lock(mutex_);
    all_ended_.wait(lock, [this] { return running_ == 0; });
    if (ended_last_) ::pthread_join(*ended_last_, nullptr);
}

void thread_crew::start(std::function<void()> body) {
    const thread_attributes attributes;
    auto starting = std::make_unique<task>(task{*this, std::move(body)});
    {
        const std::lock_guard lock(mutex_);
        ++running_;
    }
    pthread_t thread{};
    const int error = ::pthread_create(&thread, attributes.get(), &thread_crew::run, starting.get());
    if (error != 0) {
        const std::lock_guard lock(mutex_);
        if (--running_ == 0) all_ended_.notify_all();
        throw std::system_error(error, std::generic_category(), "cannot start a thread");
    }
    static_cast<void>(starting.release());  // the thread owns it now, and its own handle: see end()
}

void thread_crew::start_all(std::string_view flag, unsigned count,
                            const std::function<void(unsigned)>& body) {
    for (unsigned i = 0; i < count; ++i) {
        try {
            start([body, i] { body(i); });
        } catch (const std::exception& error) {
            throw std::runtime_error(
                fmt::format("{}: {} of {} threads could be started ({}); ask for fewer, or allow more", flag,
                            i, count, error.what()));
        }
    }
}

bool thread_crew::ended_within(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return all_ended_.wait_for(lock, limit, [this] { return running_ == 0; });
}

std::size_t thread_crew::size() const {
    const std::lock_guard lock(mutex_);
    return running_;
}

void* thread_crew::run(void* argument) {
    std::unique_ptr<task> self(static_cast<task*>(argument));
    self->body();
    thread_crew& crew = self->crew;
    self.reset();
    crew.end();
    return nullptr;
}

// A thread's last act is to join the one that ended before it. So nobody has to collect ended threads, least
// of all the one that accepts connections, and there is never more than one of them. The destructor joins the
// very last.
void thread_crew::end() {
    std::optional<pthread_t> before;
    {
        const std::lock_guard lock(mutex_);
        before = std::exchange(ended_last_, ::pthread_self());
    }
    if (before) ::pthread_join(*before, nullptr);
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) all_ended_.notify_all();
}

}  // namespace servers
