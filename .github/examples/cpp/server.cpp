// Answers every request without a body with a pong, on the port that it is told, one loop for all connections.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view reply =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{\"result\":\"pong\"}";

struct connection {
    int socket;
    std::string pending{};
};

// False once the client has gone.
bool converse(connection& with) {
    char part[4096];
    const ssize_t got = ::read(with.socket, part, sizeof part);
    if (got <= 0) return false;
    with.pending.append(part, static_cast<std::size_t>(got));
    for (std::size_t end; (end = with.pending.find("\r\n\r\n")) != std::string::npos;) {
        with.pending.erase(0, end + 4);
        if (::write(with.socket, reply.data(), reply.size()) < 0) return false;
    }
    return true;
}

int listen_on(int port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0), on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
    return ::listen(listener, 1024) == 0 ? listener : -1;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    const int listener = listen_on(argc > 1 ? std::atoi(argv[1]) : 0);
    if (listener < 0) return 1;
    std::vector<pollfd> waiting{{listener, POLLIN, 0}};
    std::vector<connection> connections;
    for (;;) {
        ::poll(waiting.data(), waiting.size(), -1);
        for (std::size_t i = waiting.size(); i-- > 1;) {
            if (waiting[i].revents == 0 || converse(connections[i - 1])) continue;
            ::close(waiting[i].fd);
            waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
            connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(i - 1));
        }
        if (waiting[0].revents == 0) continue;
        const int accepted = ::accept(listener, nullptr, nullptr), on = 1;
        if (accepted < 0) continue;
        ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        waiting.push_back({accepted, POLLIN, 0});
        connections.push_back({accepted});
    }
}
