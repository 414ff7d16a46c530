#include "servers/waiting_room.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>
#include <utility>

#include "servers/listener.hpp"

namespace servers {
namespace {

constexpr std::size_t most_events = 64;

descriptor opened(int number) {
    if (number < 0) throw std::system_error(errno, std::generic_category(), "cannot wait for connections");
    return descriptor(number);
}

}  // namespace

waiting_room::waiting_room(const options& chosen, const descriptor& listener,
                           std::function<void(owned, parting)> part)
    : options_(chosen),
      listener_(listener.get()),
      part_(std::move(part)),
      epoll_(opened(::epoll_create1(EPOLL_CLOEXEC))),
      wakening_(opened(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
    epoll_event woken{.events = EPOLLIN, .data = {.ptr = nullptr}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wakening_.get(), &woken);
}

void waiting_room::hold(const std::atomic<bool>& draining, const std::function<bool()>& accept) {
    watch_listener(true);
    while (!draining) wait(accept);
    watch_listener(false);
    paused_ = false;
}

void waiting_room::wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wakening_.get(), &one, sizeof one);
}

void waiting_room::part_with_all() {
    list all;
    {
        const std::lock_guard lock(mutex_);
        parting_ = true;
        all.splice(all.end(), waiting_);
        if (there_ == 0) called_.notify_all();
    }
    while (!all.empty()) {
        owned each(&all.front());
        all.pop_front();
        if (!park(each)) part(std::move(each), false);
    }
    while (true) {
        {
            const std::lock_guard lock(mutex_);
            if (there_ == 0) return;
        }
        wait([] { return true; });
    }
}

bool waiting_room::enter(owned& accepted) {
    {
        const std::lock_guard lock(mutex_);
        ++there_;
    }
    if (park(accepted)) return true;
    left();
    return false;
}

void waiting_room::enter_ready(owned accepted) {
    const std::lock_guard lock(mutex_);
    ++there_;
    call(*accepted.release());
    called_.notify_one();
}

waiting_room::owned waiting_room::next() {
    std::unique_lock lock(mutex_);
    called_.wait(lock, [this] { return !ready_.empty() || (parting_ && there_ == 0); });
    if (ready_.empty()) return {};
    owned first(&ready_.front());
    ready_.pop_front();
    return first;
}

bool waiting_room::park(owned& served) {
    const std::lock_guard lock(mutex_);
    if (!keep(*served)) return false;
    static_cast<void>(served.release());
    return true;
}

void waiting_room::left() {
    const std::lock_guard lock(mutex_);
    if (--there_ > 0 || !parting_) return;
    called_.notify_all();
    wake();
}

// Waits until something comes, at most until the next tick, and hands out what has.
void waiting_room::wait(const std::function<bool()>& accept) {
    const auto limit = paused_ ? std::min(accept_pause, options_.tick()) : options_.tick();
    std::array<epoll_event, most_events> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), most_events, static_cast<int>(limit.count()));
    bool knocked = false;
    std::size_t called = 0;
    list lingering;
    {
        const std::lock_guard lock(mutex_);
        for (int i = 0; i < count; ++i) {
            void* const whom = events[static_cast<std::size_t>(i)].data.ptr;
            if (whom == this) {
                knocked = true;
            } else if (whom == nullptr) {
                std::uint64_t times = 0;
                [[maybe_unused]] const ssize_t got = ::read(wakening_.get(), &times, sizeof times);
            } else {
                auto& connection = *static_cast<kept_connection*>(whom);
                waiting_.erase(waiting_.iterator_to(connection));
                if (connection.lingers_) {
                    lingering.push_back(connection);
                } else {
                    call(connection);
                    ++called;
                }
            }
        }
    }
    for (; called > 0; --called) called_.notify_one();  // who would wait for the lock otherwise
    while (!lingering.empty()) {
        owned each(&lingering.front());
        lingering.pop_front();
        linger(std::move(each));
    }
    const auto now = coarse_clock::now();
    if (knocked && !accept()) {
        watch_listener(false);
        accepts_from_ = now + accept_pause;
        paused_ = true;
    }
    if (paused_ && now >= accepts_from_) {
        watch_listener(true);
        paused_ = false;
    }
    if (now >= next_tick_) {
        next_tick_ = now + options_.tick();
        tick();
    }
}

void waiting_room::tick() {
    const auto now = coarse_clock::now();
    list overdue;
    {
        const std::lock_guard lock(mutex_);
        for (auto each = waiting_.begin(); each != waiting_.end();) {
            kept_connection& connection = *each++;
            if (now < connection.deadline()) continue;
            waiting_.erase(waiting_.iterator_to(connection));
            overdue.push_back(connection);
        }
    }
    while (!overdue.empty()) {
        owned each(&overdue.front());
        overdue.pop_front();
        part(std::move(each), true);
    }
}

// It was told the end: what comes now is dropped until it closes, or its time is over.
void waiting_room::linger(owned peer) {
    std::array<char, 1024> unwanted;
    const ssize_t got = ::recv(peer->number(), unwanted.data(), unwanted.size(), MSG_DONTWAIT);
    if (got > 0) peer->too_late_ = true;
    const bool goes_on = got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
    if (!goes_on || !park(peer)) part(std::move(peer), false);
}

void waiting_room::part(owned gone, bool overdue) {
    const parting why = gone->too_late_              ? parting::ended_too_late
                        : gone->lingers_ || !overdue ? parting::ended
                                                     : parting::overdue;
    part_(std::move(gone), why);
    left();
}

// With the lock. Has the connection wait; once all are parted with, tells it the end before that, unless
// there is something to answer: then it will be called as ever. Not from here, as it may be watched already,
// and whoever serves it must not be disturbed.
bool waiting_room::keep(kept_connection& idle) {
    if (parting_ && !idle.lingers_ && !idle.has_more()) {
        idle.finish_writing();
        idle.expect_within(options_.linger_timeout);
        idle.lingers_ = true;
    }
    waiting_.push_back(idle);
    if (watch(idle)) return true;
    waiting_.pop_back();
    return false;
}

// For one event: from then on it is somebody's who must not be disturbed by the next.
bool waiting_room::watch(kept_connection& idle) const {
    epoll_event wanted{.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data = {.ptr = &idle}};
    const int how = idle.watched_ ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (::epoll_ctl(epoll_.get(), how, idle.number(), &wanted) != 0) return false;
    idle.watched_ = true;
    return true;
}

// With the lock.
void waiting_room::call(kept_connection& ready) {
    ready.has_come_ = true;
    ready.awaits_request_ = false;
    ready_.push_back(ready);
}

void waiting_room::watch_listener(bool wanted) {
    epoll_event knock{.events = EPOLLIN, .data = {.ptr = this}};
    ::epoll_ctl(epoll_.get(), wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener_, &knock);
}

}  // namespace servers
