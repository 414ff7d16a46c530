// The floor under every load generator here: sockets and epoll, and nothing else. It sends COUNT requests at
// once, each over a connection of its own, which is opened when it is due (fresh) or before the start (kept),
// and reads as many bytes of each reply as the first one had. No histogram, no schedule, no timeout but one
// for all: what loadgen takes beyond this is its own.
//
// usage: bare_loop HOST PORT TARGET COUNT fresh|kept
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/core.h>

namespace {

using clock = std::chrono::steady_clock;

constexpr int limit_ms = 60'000;

[[noreturn]] void fail(const char* call) {
    throw std::system_error(errno, std::generic_category(), call);
}

template <class Number>
Number number(const char* text) {
    Number value{};
    const std::string_view digits(text);
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (fault != std::errc() || end != digits.data() + digits.size())
        throw std::runtime_error(fmt::format("'{}' is not a number", text));
    return value;
}

int new_socket(int flags) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    const int on = 1;
    if (socket < 0 || ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) fail("socket");
    return socket;
}

void connect_to(int socket, const sockaddr_in& server) {
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0 &&
        errno != EINPROGRESS)
        fail("connect");
}

// Over loopback the connection stands when connect() returns.
void send_all(int socket, std::string_view request) {
    if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        fail("send");
}

// The size of a reply: its head, and what Content-Length says.
std::size_t size_of_a_reply(const sockaddr_in& server, std::string_view request) {
    const int socket = new_socket(0);
    connect_to(socket, server);
    send_all(socket, request);
    std::string reply;
    std::array<char, 4096> part;
    for (;;) {
        const auto got = ::recv(socket, part.data(), part.size(), 0);
        if (got <= 0) fail("recv");
        reply.append(part.data(), static_cast<std::size_t>(got));
        constexpr std::string_view name = "Content-Length: ";
        const auto head = reply.find("\r\n\r\n"), length = reply.find(name);
        if (head == std::string::npos) continue;
        if (!reply.starts_with("HTTP/1.1 200") || length > head)
            throw std::runtime_error("no reply with a length");
        const auto digits =
            reply.substr(length + name.size(), reply.find("\r\n", length) - length - name.size());
        ::close(socket);
        return head + 4 + number<std::size_t>(digits.c_str());
    }
}

struct connection {
    int socket = -1;
    std::size_t left = 0;  // of its reply
};

void make_room() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

void run(const char* host, const char* port, const char* target, std::size_t count, bool is_fresh) {
    make_room();
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(number<std::uint16_t>(port));
    if (::inet_pton(AF_INET, host, &server.sin_addr) != 1)
        throw std::runtime_error("HOST is no IPv4 address");
    const auto request = fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\n{}\r\n", target, host, port,
                                     is_fresh ? "Connection: close\r\n" : "");
    const auto size = size_of_a_reply(server, request);
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    if (set < 0) fail("epoll_create1");
    std::vector<connection> all(count, {-1, size});
    for (auto& each : all) {
        each.socket = new_socket(SOCK_NONBLOCK);
        if (!is_fresh) connect_to(each.socket, server);
    }
    const auto start = clock::now();
    for (auto& each : all) {
        if (is_fresh) connect_to(each.socket, server);
        send_all(each.socket, request);
        epoll_event event{};
        event.events = EPOLLIN | EPOLLET;
        event.data.ptr = &each;
        if (::epoll_ctl(set, EPOLL_CTL_ADD, each.socket, &event) != 0) fail("epoll_ctl");
    }
    const auto sent = clock::now();
    std::array<epoll_event, 128> events;
    std::array<char, 8192> bytes;
    for (std::size_t done = 0; done < count;) {
        const int ready = ::epoll_wait(set, events.data(), static_cast<int>(events.size()), limit_ms);
        if (ready <= 0) fail("epoll_wait");
        for (int i = 0; i < ready; ++i) {
            auto& each = *static_cast<connection*>(events[static_cast<std::size_t>(i)].data.ptr);
            const auto got = ::recv(each.socket, bytes.data(), bytes.size(), 0);
            if (each.left == 0) continue;
            if (got <= 0) fail("recv");
            each.left -= std::min(each.left, static_cast<std::size_t>(got));
            if (each.left == 0) ++done;
            if (each.left == 0 && is_fresh) ::close(each.socket);
        }
    }
    const std::chrono::duration<double, std::milli> makespan = clock::now() - start, sending = sent - start;
    fmt::print("requests {}\nmakespan_ms {:.3f}\nsending_ms {:.3f}\n", count, makespan.count(),
               sending.count());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 6) throw std::runtime_error("usage: bare_loop HOST PORT TARGET COUNT fresh|kept");
        run(argv[1], argv[2], argv[3], number<std::size_t>(argv[4]), std::string_view(argv[5]) == "fresh");
        return 0;
    } catch (const std::exception& fault) {
        fmt::print(stderr, "bare_loop: {}\n", fault.what());
        return 2;
    }
}
