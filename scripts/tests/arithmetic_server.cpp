// A small server for trials of the bisect: one thread, and some arithmetic for each request.
// usage: arithmetic_server PORT

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_map>

constexpr std::uint64_t steps_of_a_request = 16'000;

// Each step needs the one before (xorshift, Marsaglia 2003).
std::uint64_t churn(std::uint64_t state, std::uint64_t steps) {
    for (std::uint64_t step = 0; step < steps; ++step) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    return state;
}

std::string reply_to(const std::string&) {
    static std::uint64_t state = 88172645463325252U;
    state = churn(state, steps_of_a_request);
    const std::string body = state == 0 ? "zero" : "ping";
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// False when the connection is over.
bool serve(int connection, std::string& received) {
    char buffer[16384];
    const ssize_t size = ::read(connection, buffer, sizeof buffer);
    if (size <= 0) return false;
    received.append(buffer, static_cast<std::size_t>(size));
    for (std::size_t end = 0; (end = received.find("\r\n\r\n")) != std::string::npos;) {
        const std::string request = received.substr(0, end + 4);
        received.erase(0, end + 4);
        const std::string reply = reply_to(request);
        if (::write(connection, reply.data(), reply.size()) < 0) return false;
        if (request.find("Connection: close") != std::string::npos) return false;
    }
    return true;
}

int main(int, char** arguments) {
    const int on = 1, listener = ::socket(AF_INET, SOCK_STREAM, 0), poll = ::epoll_create1(0);
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    address.sin_port = ::htons(static_cast<std::uint16_t>(std::atoi(arguments[1])));
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 1;
    if (::listen(listener, 1024) != 0) return 1;
    epoll_event wanted{EPOLLIN, {.fd = listener}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, listener, &wanted);
    std::unordered_map<int, std::string> received;
    epoll_event events[64];
    while (true) {
        const int ready = ::epoll_wait(poll, events, 64, -1);
        for (int each = 0; each < ready; ++each) {
            const int descriptor = events[each].data.fd;
            if (descriptor == listener) {
                const int connection = ::accept(listener, nullptr, nullptr);
                ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                wanted = {EPOLLIN, {.fd = connection}};
                ::epoll_ctl(poll, EPOLL_CTL_ADD, connection, &wanted);
            } else if (!serve(descriptor, received[descriptor])) {
                received.erase(descriptor);
                ::close(descriptor);
            }
        }
    }
}
