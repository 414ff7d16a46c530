#include "loadgen/loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <system_error>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t first_capacity = 64;

int there(int descriptor, const char* call) {
    if (descriptor < 0) throw std::system_error(errno, std::system_category(), call);
    return descriptor;
}

int control(int set, int operation, int socket, void* place, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = place;
    return ::epoll_ctl(set, operation, socket, &event) == 0 ? 0 : errno;
}

std::uint32_t events_of(bool and_writable) {
    return EPOLLIN | EPOLLRDHUP | EPOLLET | (and_writable ? EPOLLOUT : 0U);
}

// Kernels before 5.11, and some sandboxes, have no call that sleeps for less than a millisecond: there the
// last of it is spun.
int wait_for_events(int set, std::span<epoll_event> events, nanoseconds longest) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(longest);
    const timespec limit{seconds.count(), (longest - seconds).count()};
    const auto most = static_cast<int>(events.size());
    const int count = ::epoll_pwait2(set, events.data(), most, &limit, nullptr);
    if (count >= 0 || errno == EINTR) return count;
    const auto whole = std::chrono::floor<std::chrono::milliseconds>(longest);
    return ::epoll_wait(set, events.data(), most,
                        static_cast<int>(std::min<std::int64_t>(whole.count(), 1000)));
}

}  // namespace

void pollable::wake() {
    if (!parking_.is_taken()) return;
    // Not from within the caller: it may be in the middle of something that the resumed coroutine changes.
    loop_.resume_soon(parking_.leave());
}

void pollable::notify(bool ended) {
    ended_ = ended_ || ended;
    ready_ = !parking_.is_taken();
    parking_.resume();
}

void timer::begin(clock::time_point then, std::coroutine_handle<> who) {
    was_cancelled_ = false;
    loop_.set({then, this, ++turn_});
    parking_.park(who);
}

void timer::cancel() {
    if (!parking_.is_taken()) return;
    was_cancelled_ = true;
    ++turn_;
    loop_.resume_soon(parking_.leave());
}

loop::loop()
    : set_(there(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      bell_(there(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      ready_(first_capacity) {
    if (const int fault = control(set_.number(), EPOLL_CTL_ADD, bell_.number(), nullptr, EPOLLIN); fault != 0)
        throw std::system_error(fault, std::system_category(), "epoll_ctl");
}

void loop::make_room(std::size_t coroutines) {
    ready_.set_capacity(std::max(ready_.capacity(), coroutines));
    alarms_.reserve(2 * coroutines);  // one that counts, and one of a wait that was cancelled
}

void loop::spawn(task<> work, std::function<void(std::exception_ptr)> ended) {
    roots_.push_back(see_through(std::move(work), std::move(ended)));
    resume_soon(roots_.back().handle());
    ++alive_;
}

task<> loop::see_through(task<> work, std::function<void(std::exception_ptr)> ended) {
    std::exception_ptr fault;
    try {
        co_await work;
    } catch (...) {
        fault = std::current_exception();
    }
    --alive_;
    ended(fault);
}

void loop::run(const std::function<void(nanoseconds)>& idle) {
    constexpr auto never = clock::time_point::max();
    auto before = clock::now();
    while (alive_ > 0) {
        const bool has_found = go_once(!idle, never);
        if (!idle) continue;
        const auto now = clock::now();
        if (!has_found) idle(now - before);
        before = now;
    }
    roots_.clear();
}

void loop::run_until(clock::time_point end) {
    while (alive_ > 0 && clock::now() < end) go_once(true, end);
    std::erase_if(roots_, [](const auto& root) { return root.has_ended(); });
}

bool loop::go_once(bool may_sleep, clock::time_point until) {
    bool has_found = resume_ready();
    if (alive_ == 0) return true;
    const auto now = clock::now();
    has_found = expire(now) || has_found;
    auto next = until;
    if (!alarms_.empty()) next = std::min(next, alarms_.front().at);
    const bool sleeps = may_sleep && ready_.empty();
    const auto longest = sleeps ? std::clamp<nanoseconds>(next - now, 0ns, 1h) : 0ns;
    return fetch(longest) || has_found;
}

// Those that were there at its beginning: what they queue has its turn after the next look for events.
bool loop::resume_ready() {
    const auto count = ready_.size();
    for (auto left = count; left > 0; --left) {
        const auto who = ready_.front();
        ready_.pop_front();
        who.resume();
    }
    return count > 0;
}

// Resumes none at once: who waits again and again for an instant that has passed must not keep the others
// from their turn.
bool loop::expire(clock::time_point now) {
    bool has_found = false;
    while (!alarms_.empty() && alarms_.front().at <= now) {
        const auto due = alarms_.front();
        std::pop_heap(alarms_.begin(), alarms_.end());
        alarms_.pop_back();
        if (due.turn != due.who->turn_) continue;
        has_found = true;
        resume_soon(due.who->parking_.leave());
    }
    return has_found;
}

// An event of a socket that was closed earlier in the same batch would reach its successor. None is: here a
// coroutine closes no socket but its own, whose only event of the batch is the one that has resumed it.
bool loop::fetch(nanoseconds longest) {
    std::array<epoll_event, most_events> events;
    const int count = wait_for_events(set_.number(), events, longest);
    for (const auto& event : std::span(events).first(static_cast<std::size_t>(std::max(count, 0)))) {
        if (event.data.ptr == nullptr) {
            std::uint64_t rung = 0;
            [[maybe_unused]] const auto got = ::read(bell_.number(), &rung, sizeof rung);
            if (on_interrupt_) on_interrupt_();
            continue;
        }
        static_cast<pollable*>(event.data.ptr)
            ->notify((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
    }
    return count > 0;
}

void loop::interrupt() {
    const std::uint64_t once = 1;
    [[maybe_unused]] const auto written = ::write(bell_.number(), &once, sizeof once);
}

void loop::resume_soon(std::coroutine_handle<> who) {
    if (ready_.full()) ready_.set_capacity(2 * ready_.capacity());
    ready_.push_back(who);
}

void loop::set(alarm next) {
    alarms_.push_back(next);
    std::push_heap(alarms_.begin(), alarms_.end());
}

int loop::add(int socket, pollable& place, bool and_writable) {
    return control(set_.number(), EPOLL_CTL_ADD, socket, &place, events_of(and_writable));
}

int loop::add_writable(int socket, pollable& place) {
    return control(set_.number(), EPOLL_CTL_MOD, socket, &place, events_of(true));
}

void loop::remove(int socket) {
    ::epoll_ctl(set_.number(), EPOLL_CTL_DEL, socket, nullptr);
}

}  // namespace loadgen
