#include "loadgen/null_responder.hpp"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <span>
#include <string_view>
#include <system_error>

namespace loadgen {
namespace {

constexpr std::string_view kept_reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view last_reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

int checked(int result, const char* call) {
    if (result < 0) throw std::system_error(errno, std::system_category(), call);
    return result;
}

int watch(int set, int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    return ::epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event);
}

// A request of the calibration comes whole: it is small, and nothing else is sent before its reply. Returns
// whether the connection stays.
bool respond(int peer) {
    std::array<char, 2048> bytes;
    const auto got = ::recv(peer, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    const std::string_view request(bytes.data(), static_cast<std::size_t>(got));
    const bool is_last = request.find("close") != std::string_view::npos;
    const auto reply = is_last ? last_reply : kept_reply;
    return ::send(peer, reply.data(), reply.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(reply.size()) &&
           !is_last;
}

void serve(int set, int listener, int stop) {
    std::set<int> peers;
    for (bool stopped = false; !stopped;) {
        std::array<epoll_event, 64> events;
        const int count = ::epoll_wait(set, events.data(), static_cast<int>(events.size()), -1);
        for (const auto& event : std::span(events).first(static_cast<std::size_t>(std::max(count, 0)))) {
            const int which = event.data.fd;
            if (which == stop) {
                stopped = true;
            } else if (which == listener) {
                const int peer = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
                if (peer < 0) continue;
                if (watch(set, peer) == 0)
                    peers.insert(peer);
                else
                    ::close(peer);
            } else if (!respond(which)) {
                peers.erase(which);
                ::close(which);
            }
        }
    }
    for (const int peer : peers) ::close(peer);
}

}  // namespace

null_responder::null_responder() {
    listener_ = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "null responder: socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    checked(::bind(listener_, any, length), "null responder: bind");
    checked(::listen(listener_, SOMAXCONN), "null responder: listen");
    checked(::getsockname(listener_, any, &length), "null responder: getsockname");
    endpoint_ = {boost::asio::ip::address_v4::loopback(), ntohs(address.sin_port)};
    stop_ = checked(::eventfd(0, EFD_CLOEXEC), "null responder: eventfd");
    set_ = checked(::epoll_create1(EPOLL_CLOEXEC), "null responder: epoll_create1");
    checked(watch(set_, listener_), "null responder: epoll_ctl");
    checked(watch(set_, stop_), "null responder: epoll_ctl");
    thread_ = std::jthread([set = set_, listener = listener_, stop = stop_] { serve(set, listener, stop); });
}

null_responder::~null_responder() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof one);
    thread_.join();
    ::close(set_);
    ::close(stop_);
    ::close(listener_);
}

}  // namespace loadgen
