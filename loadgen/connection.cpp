#include "loadgen/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "loadgen/reply_reader.hpp"

namespace loadgen {
namespace {

outcome judge(unsigned status) {
    return status >= 200 && status < 300 ? outcome::ok : outcome::http_error;
}

}  // namespace

void connection::begin(clock::time_point deadline) {
    deadline_ = deadline;
    interrupted_.reset();
}

void connection::interrupt(outcome why) {
    interrupted_ = why;
    deadline_ = clock::time_point::max();
    place_.wake();
}

int connection::prepare() {
    if (socket_ >= 0) return 0;
    socket_ = ::socket(server_.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    const int at_once = 1;
    if (socket_ < 0 || ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once) != 0)
        return errno;
    return 0;
}

task<outcome> connection::open() {
    is_spent_ = false;
    lacked_ = shortage::none;
    int fault = prepare();
    if (fault == 0) fault = connect_at_once();
    const bool at_once = fault == 0;
    if (at_once || fault == EINPROGRESS) {
        const int refused = poller_.add(socket_, place_, !at_once);
        if (refused != 0) fault = refused;
    }
    while (fault == EINPROGRESS && !interrupted_) {
        co_await place_.changed();
        fault = connect_at_once();
    }
    is_open_ = fault == 0 && !interrupted_;
    if (is_open_) co_return outcome::ok;
    close();
    lacked_ = shortage_of(fault);
    if (lacked_ != shortage::none) co_return outcome::unfinished;
    co_return interrupted_.value_or(outcome::connect_failed);
}

// Over loopback the connection stands by the time connect() returns, even though that says "in progress":
// asking again spares the wait for an event that has already come, so of a hundred slots each sends as soon
// as it has connected, not when all have.
int connection::connect_at_once() {
    for (int attempt = 0;; ++attempt) {
        if (::connect(socket_, server_.data(), static_cast<socklen_t>(server_.size())) == 0) return 0;
        if (errno == EISCONN) return 0;
        if (errno == EALREADY) return EINPROGRESS;
        if (errno != EINPROGRESS || attempt > 0) return errno;
    }
}

void connection::adopt(open_socket socket) {
    socket_ = socket.take();
    is_spent_ = false;
    is_open_ = poller_.add(socket_, place_, false) == 0;
    if (!is_open_) close();
}

open_socket connection::release() {
    if (!is_open_ || is_spent_) return {};
    poller_.remove(socket_);
    open_socket released(std::exchange(socket_, -1));
    close();
    return released;
}

task<clock::time_point> connection::perform(prepared_request request, exchange& into) {
    reply_reader reply(request.is_head);
    const auto sent = clock::now();
    auto now = sent;
    // The socket does not block and a request is small: one call to the kernel, and no wait in all but rare
    // cases.
    int unsendable = send_some(request.bytes);
    int fault = request.bytes.empty() || unsendable != 0 ? 0 : poller_.add_writable(socket_, place_);
    auto state = progress::incomplete;
    bool is_drained = unsendable == 0;  // nothing more to read until the poller says so
    while (fault == 0 && state == progress::incomplete && !interrupted_) {
        if (is_drained) co_await place_.changed();
        if (interrupted_) break;
        // A server may reply before it has read all of a request, and never read the rest: what it said then
        // is its reply.
        if (unsendable == 0) unsendable = send_some(request.bytes);
        const auto received = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
        now = clock::now();
        if (received > 0 && reply.bytes() == 0) into.first_byte = now - sent;
        if (received > 0) state = reply.feed({buffer_.data(), static_cast<std::size_t>(received)});
        if (received == 0) state = reply.end();
        if (received == 0) fault = ENOTCONN;
        if (received < 0) fault = errno == EAGAIN ? unsendable : errno;
        // A peer that has closed sends no further event: what it left is read to its end.
        is_drained = received < static_cast<ssize_t>(buffer_.size()) && !(place_.is_ended() && received >= 0);
    }
    deadline_ = clock::time_point::max();
    if (state != progress::complete) now = clock::now();
    into.service = now - sent;
    into.reply_bytes = reply.bytes();
    into.status = static_cast<std::uint16_t>(reply.status());
    if (fault == ENOBUFS || fault == ENOMEM) into.lacked = shortage::memory;
    if (state == progress::complete)
        into.result = judge(reply.status());
    else if (interrupted_)
        into.result = *interrupted_;
    else if (into.lacked != shortage::none)
        into.result = outcome::unfinished;
    else if (state == progress::malformed)
        into.result = outcome::malformed;
    else
        into.result = reply.bytes() == 0 ? outcome::reset : outcome::truncated;
    is_spent_ = !request.keep || !request.bytes.empty() || state != progress::complete ||
                !reply.keep_alive() || fault != 0 || place_.is_ended();
    co_return sent;
}

// Takes what the kernel has taken off the front of `bytes`. Returns an errno, 0 if all is well.
int connection::send_some(std::string_view& bytes) {
    while (!bytes.empty()) {
        const auto written = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (written < 0) return errno == EAGAIN ? 0 : errno;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

void connection::close_if_ended() {
    char byte = 0;
    const auto got = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) close();
}

void connection::close() {
    is_open_ = false;
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
    place_.reset();
}

}  // namespace loadgen
