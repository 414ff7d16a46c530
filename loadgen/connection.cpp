#include "loadgen/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace loadgen {

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
    socket_ = ::socket(server_.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int at_once = 1;
    if (socket_ < 0 || (!is_local_socket(server_) &&
                        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once) != 0))
        return errno;
    // Where there is no network, none can be congested. Some systems' usual control (bbr) spaces packets in
    // time, by a timer, so that what was sent leaves later, and at the server's expense.
    if (is_loopback(server_)) ::setsockopt(socket_, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
    wire_.stamp(socket_);
    return 0;
}

task<outcome> connection::open() {
    is_spent_ = false;
    lacked_ = shortage::none;
    int fault = prepare();
    if (fault == 0) fault = connect_at_once();
    const bool at_once = fault == 0;
    if (at_once || fault == EINPROGRESS) {
        const int refused = loop_.add(socket_, place_, !at_once);
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
        // The queue of a unix socket is full: the server's affair, where elsewhere no port would be left.
        if (errno == EAGAIN && is_local_socket(server_)) return ECONNREFUSED;
        if (errno != EINPROGRESS || attempt > 0) return errno;
    }
}

task<outcome> connection::shake_hands() {
    tls_ = std::make_unique<tls_stream>(*tls_client_);
    auto state = tls_->shake_hands({});
    auto to_send = tls_->to_send();
    int fault = send_some(to_send);
    while (state == tls_stream::state::going_on && fault == 0 && !interrupted_) {
        const auto got = wire_.receive(socket_, buffer_, {});
        if (got.bytes < 0 && errno == EAGAIN) {
            co_await place_.changed();
            continue;
        }
        fault = got.bytes > 0 ? 0 : got.bytes == 0 ? ENOTCONN : errno;
        if (fault != 0) break;
        state = tls_->shake_hands({buffer_.data(), static_cast<std::size_t>(got.bytes)});
        to_send = tls_->to_send();
        fault = send_some(to_send);
        if (!to_send.empty()) fault = ENOBUFS;  // some hundred bytes, on a connection that has sent none yet
    }
    is_open_ = state == tls_stream::state::done && fault == 0 && !interrupted_;
    if (is_open_) co_return outcome::ok;
    tls_fault_ = state == tls_stream::state::failed ? tls_->fault()
                 : interrupted_                     ? "it took too long"
                                                    : "the server ended the connection";
    close();
    co_return interrupted_.value_or(outcome::connect_failed);
}

void connection::adopt(open_connection kept) {
    socket_ = kept.socket.take();
    tls_ = std::move(kept.tls);
    is_spent_ = false;
    is_open_ = loop_.add(socket_, place_, false) == 0;
    if (!is_open_) close();
}

open_connection connection::release() {
    if (!is_open_ || is_spent_) return {};
    loop_.remove(socket_);
    open_connection released{open_socket(std::exchange(socket_, -1)), std::move(tls_)};
    close();
    return released;
}

task<clock::time_point> connection::perform(prepared_request request, exchange& into) {
    const auto* const text = request.expected.body.is_empty() ? nullptr : &request.expected.body;
    reply_reader reply(request.is_head, {}, text, &request.head);
    if (tls_) request.bytes = tls_->encrypt(request.bytes);
    const auto before = clock::now();
    arrival last{0, before, before};
    // The socket does not block and a request is small: one call to the kernel, and no wait in all but rare
    // cases.
    int unsendable = send_some(request.bytes);
    const auto after = clock::now();
    int fault = request.bytes.empty() || unsendable != 0 ? 0 : loop_.add_writable(socket_, place_);
    auto state = progress::incomplete;
    auto first_at = before;
    bool is_drained = unsendable == 0;  // nothing more to read until the loop says so
    while (fault == 0 && state == progress::incomplete && !interrupted_) {
        if (is_drained) co_await place_.changed();
        if (interrupted_) break;
        // A server may reply before it has read all of a request, and never read the rest: what it said then
        // is its reply.
        if (unsendable == 0) unsendable = send_some(request.bytes);
        last = wire_.receive(socket_, buffer_, before);
        const auto received = last.bytes;
        if (received < 0) fault = errno == EAGAIN ? unsendable : errno;
        const auto piece = plain(last);
        if (!piece.empty() && reply.bytes() == 0) first_at = last.at;
        if (!piece.empty()) state = reply.feed(piece);
        const bool has_ended = received == 0 || (tls_ && tls_->is_over());
        if (has_ended && state == progress::incomplete) state = reply.end();
        if (has_ended) fault = ENOTCONN;
        // A peer that has closed sends no further event: what it left is read to its end.
        is_drained = received < static_cast<ssize_t>(buffer_.size()) && !(place_.is_ended() && received >= 0);
    }
    deadline_ = clock::time_point::max();
    if (state != progress::complete) last.at = last.read = clock::now();
    const auto sent = wire_.sent(before, after, last.at);
    into.service = last.at - sent;
    into.read = last.read - last.at;
    into.by_kernel = state == progress::complete && last.by_kernel;
    into.reply_bytes = reply.bytes();
    if (into.reply_bytes > 0) into.first_byte = std::max(first_at - sent, nanoseconds(0));
    into.status = static_cast<std::uint16_t>(reply.status());
    if (fault == ENOBUFS || fault == ENOMEM) into.lacked = shortage::memory;
    if (state == progress::complete)
        into.result =
            request.expected.accepts(reply.status(), reply.matched()) ? outcome::ok : outcome::http_error;
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

// What was received, decrypted where there is TLS. To decrypt takes time of ours, after the bytes were there.
std::string_view connection::plain(arrival& got) {
    const std::string_view bytes(buffer_.data(), got.bytes > 0 ? static_cast<std::size_t>(got.bytes) : 0);
    if (!tls_ || bytes.empty()) return bytes;
    const auto decrypted = tls_->decrypt(bytes);
    got.read = clock::now();
    return decrypted;
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
    // Of TLS a server may have sent what is no reply, such as the session that the next connection may
    // resume.
    while (tls_) {
        auto got = wire_.receive(socket_, buffer_, {});
        if (got.bytes < 0 && errno == EAGAIN) return;
        if (got.bytes <= 0 || !plain(got).empty() || tls_->is_over()) return close();
    }
    char byte = 0;
    const auto got = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) close();
}

void connection::close() {
    is_open_ = false;
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
    tls_.reset();
    place_.reset();
}

}  // namespace loadgen
