// The floor: one thread, one epoll set, one reply. It knows of HTTP only where a request ends, and has
// no limit, no timeout and no second route; what a server of one's own costs beyond this is what those are
// worth.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>

namespace {

constexpr const char* reply_format =
    "HTTP/1.1 200 OK\r\nDate: %a, %d %b %Y %H:%M:%S GMT\r\nContent-Type: application/json\r\n"
    "Content-Length: 17\r\nConnection: keep-alive\r\n\r\n"
    R"({"result":"pong"})";
constexpr std::size_t longest_header = 16384;

// Dated, as everybody's are, and written anew once a second.
std::string_view reply_of_now() {
    static std::array<char, 256> text;
    static std::size_t size = 0;
    static std::time_t second = 0;
    const std::time_t now = std::time(nullptr);
    if (now != second) {
        std::tm parts{};
        size = std::strftime(text.data(), text.size(), reply_format, ::gmtime_r(&now, &parts));
        second = now;
    }
    return {text.data(), size};
}

int checked(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

int listen_on(std::uint16_t port) {
    const int listener = checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    checked(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), "bind");
    checked(::listen(listener, 4096), "listen");
    checked(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    std::printf("listening on 127.0.0.1:%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
    std::fflush(stdout);
    return listener;
}

void watch(int set, int descriptor) {
    epoll_event interest{};
    interest.events = EPOLLIN | EPOLLRDHUP;
    interest.data.fd = descriptor;
    checked(::epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &interest), "epoll_ctl");
}

void accept_all(int listener, int set) {
    for (;;) {
        const int connection = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (connection < 0) return;
        const int on = 1;
        ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(set, connection);
    }
}

// Answers every whole request; what is left of the next one is kept. False when the connection is to be
// closed.
bool serve(int connection, std::unordered_map<int, std::string>& begun) {
    std::array<char, 4096> room;
    const ssize_t got = ::recv(connection, room.data(), room.size(), 0);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    std::string_view bytes(room.data(), static_cast<std::size_t>(got));
    const auto found = begun.find(connection);
    if (found != begun.end()) bytes = found->second.append(bytes);
    const std::string_view reply = reply_of_now();
    std::size_t end = 0;
    while ((end = bytes.find("\r\n\r\n")) != std::string_view::npos) {
        // A client that does not read its replies is not waited for.
        if (::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(reply.size()))
            return false;
        bytes.remove_prefix(end + 4);
    }
    if (bytes.size() > longest_header) return false;
    std::string rest(bytes);
    if (rest.empty()) {
        begun.erase(connection);
    } else {
        begun[connection] = std::move(rest);
    }
    return true;
}

void run(std::uint16_t port) {
    const int listener = listen_on(port);
    const int set = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    watch(set, listener);
    std::unordered_map<int, std::string> begun;
    std::array<epoll_event, 256> events;
    for (;;) {
        const int ready = ::epoll_wait(set, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < ready; ++i) {
            const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
            if (descriptor == listener) {
                accept_all(listener, set);
            } else if (!serve(descriptor, begun)) {
                begun.erase(descriptor);
                ::close(descriptor);
            }
        }
    }
}

}  // namespace

int main(int argc, char** argv) try {
    run(argc == 2 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 0);
} catch (const std::exception& error) {
    std::fprintf(stderr, "epoll_server: %s\n", error.what());
    return 1;
}
