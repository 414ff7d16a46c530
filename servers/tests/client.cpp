#include "servers/tests/client.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace servers::tests {
namespace {

constexpr std::chrono::seconds patience{10};

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

received_reply parse_head(const std::string& head) {
    received_reply reply;
    reply.status = static_cast<unsigned>(std::stoul(head.substr(9, 3)));
    std::size_t begin = head.find("\r\n") + 2;
    while (begin < head.size()) {
        const std::size_t end = head.find("\r\n", begin);
        const std::size_t colon = head.find(": ", begin);
        reply.headers[lower(head.substr(begin, colon - begin))] = head.substr(colon + 2, end - colon - 2);
        begin = end + 2;
    }
    return reply;
}

}  // namespace

client::client() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (!socket_) throw std::runtime_error("cannot make a socket");
    const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
        ::setsockopt(socket_.get(), SOL_SOCKET, option, &limit, sizeof limit);
    }
    // Small, so that a server writing to a client which does not read is soon stopped.
    const int received_bytes = 4096;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &received_bytes, sizeof received_bytes);
    // What is sent in two parts has to arrive in two, at once.
    const int at_once = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
}

client::client(std::uint16_t port) : client() {
    if (!connect(port)) throw std::runtime_error("cannot connect");
}

bool client::connect(std::uint16_t port) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) return true;
    return errno == EINTR && connected_within(patience);  // interrupted, as by a fuzzer's alarm, it goes on
}

bool client::connect_within(std::uint16_t port, std::chrono::milliseconds limit) {
    const int flags = ::fcntl(socket_.get(), F_GETFL);
    ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK);
    const bool connected = connect(port);
    ::fcntl(socket_.get(), F_SETFL, flags);
    return connected || connected_within(limit);
}

bool client::connected_within(std::chrono::milliseconds limit) {
    pollfd wanted{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
    return ::poll(&wanted, 1, static_cast<int>(limit.count())) == 1 && (wanted.revents & POLLERR) == 0;
}

bool client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void client::send_at_once(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

received_reply client::receive(bool head) {
    std::size_t end = 0;
    while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
        if (!fill()) return {.cut_short = !unread_.empty()};
    }
    received_reply reply = parse_head(unread_.substr(0, end + 2));
    unread_.erase(0, end + 4);
    const auto length = reply.headers.find("content-length");
    if (head || length == reply.headers.end()) return reply;
    const std::size_t size = std::stoul(length->second);
    while (unread_.size() < size) {
        if (!fill()) return {.cut_short = true};
    }
    reply.body = unread_.substr(0, size);
    unread_.erase(0, size);
    return reply;
}

received_reply client::get(std::string_view target) {
    send(get_request(target));
    return receive();
}

std::string client::receive_all() {
    while (fill()) {
    }
    return std::exchange(unread_, {});
}

bool client::at_end() {
    return unread_.empty() && !fill() && errno == 0;
}

bool client::readable_within(std::chrono::milliseconds limit) {
    pollfd wanted{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    return !unread_.empty() || ::poll(&wanted, 1, static_cast<int>(limit.count())) == 1;
}

void client::finish_sending() {
    ::shutdown(socket_.get(), SHUT_WR);
}

void client::reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_ = descriptor();
}

bool client::send_until_cut_off(std::string_view bytes) {
    while (send(bytes)) {
    }
    return errno == EPIPE || errno == ECONNRESET;
}

bool client::fill() {
    std::array<char, 4096> buffer{};
    ssize_t got = 0;
    do {  // again, where io_uring or a fuzzer's alarm interrupts it
        errno = 0;
        got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) return false;
    unread_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
}

std::string get_request(std::string_view target, std::string_view headers) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", target, headers);
}

}  // namespace servers::tests
