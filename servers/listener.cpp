#include "servers/listener.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace servers {
namespace {

struct socket_address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

socket_address make_address(const std::string& address, std::uint16_t port) {
    socket_address made;
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    sockaddr_un local{};
    if (const auto path = socket_path(address); !path.empty() && path.size() < sizeof local.sun_path) {
        local.sun_family = AF_UNIX;
        std::copy(path.begin(), path.end(), local.sun_path);
        made.size = sizeof local;
        std::memcpy(&made.storage, &local, sizeof local);
    } else if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        made.size = sizeof v4;
        std::memcpy(&made.storage, &v4, sizeof v4);
    } else if (inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        made.size = sizeof v6;
        std::memcpy(&made.storage, &v6, sizeof v6);
    } else {
        throw std::runtime_error(
            fmt::format("--address: '{}' is neither an IP address nor unix:/PATH", address));
    }
    return made;
}

// A server that was killed leaves its socket's file, which nobody listens on and which cannot be bound again.
void remove_if_left(const options& chosen, const socket_address& where) {
    const std::string path(socket_path(chosen.address));
    if (path.empty()) return;
    const descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* generic = reinterpret_cast<const sockaddr*>(&where.storage);
    if (::connect(probe.get(), generic, where.size) != 0 && errno == ECONNREFUSED) ::unlink(path.c_str());
}

void switch_on(const descriptor& socket, int level, int option) {
    const int on = 1;
    if (::setsockopt(socket.get(), level, option, &on, sizeof on) != 0) {
        throw std::system_error(errno, std::generic_category(),
                                "cannot set an option of the listening socket");
    }
}

[[noreturn]] void cannot_listen(const options& chosen, int error) {
    const std::string where = endpoint_text(chosen.address, chosen.port);
    if (!socket_path(chosen.address).empty()) {
        throw std::runtime_error(
            fmt::format("--address {}: cannot listen there: {}", where, std::strerror(error)));
    }
    if (error == EADDRINUSE) {
        throw std::runtime_error(
            fmt::format("--port: {} is taken; choose another port, or 0 for any free one", where));
    }
    if (error == EACCES) {
        throw std::runtime_error(
            fmt::format("--port: {} needs privileges; choose a port above 1023, or 0", where));
    }
    if (error == EADDRNOTAVAIL) {
        throw std::runtime_error(fmt::format("--address: this machine has no address {}", chosen.address));
    }
    throw std::system_error(error, std::generic_category(),
                            fmt::format("--address/--port: cannot listen on {}", where));
}

}  // namespace

descriptor listen_on(const options& chosen) {
    const socket_address where = make_address(chosen.address, chosen.port);
    descriptor socket(::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) cannot_listen(chosen, errno);
    if (where.storage.ss_family == AF_UNIX) {
        remove_if_left(chosen, where);
    } else {
        switch_on(socket, SOL_SOCKET, SO_REUSEADDR);
        switch_on(socket, IPPROTO_TCP, TCP_NODELAY);
    }
    const auto* generic = reinterpret_cast<const sockaddr*>(&where.storage);
    if (::bind(socket.get(), generic, where.size) != 0 || ::listen(socket.get(), chosen.backlog) != 0) {
        cannot_listen(chosen, errno);
    }
    return socket;
}

std::string_view socket_path(std::string_view address) {
    constexpr std::string_view scheme = "unix:";
    return address.starts_with(scheme) ? address.substr(scheme.size()) : std::string_view();
}

socket_file::~socket_file() {
    if (!path_.empty()) ::unlink(path_.c_str());
}

bool out_of_resources(int accept_error) {
    return accept_error == EMFILE || accept_error == ENFILE || accept_error == ENOBUFS ||
           accept_error == ENOMEM;
}

std::size_t waiting_in(int listener) {
    tcp_info told{};
    socklen_t size = sizeof told;
    if (::getsockopt(listener, IPPROTO_TCP, TCP_INFO, &told, &size) != 0) return 0;
    return told.tcpi_unacked;  // of a socket that listens: its queue's length
}

int family_of(const descriptor& socket) {
    int family = AF_UNSPEC;
    socklen_t size = sizeof family;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &family, &size);
    return family;
}

std::uint16_t port_of(const descriptor& socket) {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
    if (bound.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(bound).sin6_port);
    if (bound.ss_family == AF_UNIX) return 0;
    return ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

std::string endpoint_text(const std::string& address, std::uint16_t port) {
    if (!socket_path(address).empty()) return address;
    const bool has_colons = address.find(':') != std::string::npos;
    return has_colons ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

}  // namespace servers
