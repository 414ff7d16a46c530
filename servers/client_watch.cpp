#include "servers/client_watch.hpp"

#include <poll.h>

#include <boost/asio/bind_cancellation_slot.hpp>

namespace servers {

namespace asio = boost::asio;

void client_watch::start() {
    if (watches_ || is_gone_) return;
    watches_ = true;
    wait(wait_type::wait_read);
}

void client_watch::stop() {
    if (!watches_) return;
    watches_ = false;
    ++turn_;
    enough_.emit(asio::cancellation_type::terminal);
}

void client_watch::wait(wait_type what) {
    const auto told = [here = weak_from_this(), what,
                       turn = ++turn_](const boost::system::error_code& error) {
        const auto self = here.lock();
        if (self && self->turn_ == turn) self->look(what, error);
    };
    socket_.async_wait(what, asio::bind_cancellation_slot(enough_.slot(), told));
}

// A limit of time and a drain cancel this wait with all of the socket's: it then only looks, and goes on.
void client_watch::look(wait_type waited_for, const boost::system::error_code& error) {
    pollfd now{.fd = socket_.native_handle(), .events = POLLIN | POLLRDHUP, .revents = 0};
    ::poll(&now, 1, 0);
    const bool unread = (now.revents & POLLIN) != 0;
    if ((now.revents & (POLLERR | POLLHUP | POLLRDHUP | POLLNVAL)) != 0) {
        watches_ = false;
        is_gone_ = true;
        gone_.emit(asio::cancellation_type::terminal);
    } else if (error == asio::error::operation_aborted || waited_for == wait_type::wait_read) {
        wait(unread ? wait_type::wait_error : wait_type::wait_read);
    }
    // What else ends a wait for errors are urgent bytes: they would end the next one at once.
}

}  // namespace servers
