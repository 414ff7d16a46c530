#include "loadgen/poller.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <span>
#include <system_error>

#include <boost/asio/post.hpp>

namespace loadgen {
namespace {

int new_set() {
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    if (set < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
    return set;
}

epoll_event event_of(pollable& place, bool and_writable) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLET | (and_writable ? EPOLLOUT : 0U);
    event.data.ptr = &place;
    return event;
}

}  // namespace

void pollable::parked() {
    owner_.someone_waits();
    if (ready_) resume_soon();
}

void pollable::wake() {
    if (parking_.is_taken()) resume_soon();
}

void pollable::notify(bool ended) {
    ended_ = ended_ || ended;
    ready_ = !parking_.is_taken();
    if (ready_) return;
    --owner_.waiting_;
    parking_.resume();
}

// Not from within the caller: it may be in the middle of something that the resumed coroutine changes.
void pollable::resume_soon() {
    boost::asio::post(owner_.context_, [this] {
        if (!parking_.is_taken()) return;
        ready_ = false;
        owner_.nobody_waits();
        parking_.resume();
    });
}

poller::poller(boost::asio::io_context& context) : context_(context), set_(context, new_set()) {}

int poller::add(int socket, pollable& place, bool and_writable) {
    auto event = event_of(place, and_writable);
    return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, socket, &event) == 0 ? 0 : errno;
}

int poller::add_writable(int socket, pollable& place) {
    auto event = event_of(place, true);
    return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, socket, &event) == 0 ? 0 : errno;
}

void poller::remove(int socket) {
    ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, socket, nullptr);
}

void poller::someone_waits() {
    ++waiting_;
    if (!is_armed_ && !is_dispatching_) wait();
}

void poller::nobody_waits() {
    --waiting_;
    if (waiting_ == 0 && is_armed_) set_.cancel();
}

void poller::wait() {
    is_armed_ = true;
    set_.async_wait(boost::asio::posix::descriptor_base::wait_read, [this](boost::system::error_code fault) {
        is_armed_ = false;
        if (!fault) dispatch();
        if (waiting_ > 0) wait();
    });
}

// An event of a socket that was closed earlier in the same batch would reach its successor; none is, since a
// coroutine closes no socket but its own and posts before it does.
void poller::dispatch() {
    std::array<epoll_event, poller::most_events> events;
    const int count = ::epoll_wait(set_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
    is_dispatching_ = true;
    for (const auto& event : std::span(events).first(static_cast<std::size_t>(std::max(count, 0))))
        static_cast<pollable*>(event.data.ptr)
            ->notify((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
    is_dispatching_ = false;
}

}  // namespace loadgen
