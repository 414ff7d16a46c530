// The listening socket, opened alike for both servers, so that neither has an advantage from how it is
// reached. It accepts nothing itself: blocking_server and async_server each do that in their own way.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "servers/descriptor.hpp"
#include "servers/options.hpp"

namespace servers {

// Binds and listens on the options' address and port (0: any free one), or on the unix socket that the
// address names. TCP_NODELAY is set here because Linux hands it on to every accepted socket, which saves a
// call for each connection. Throws std::runtime_error with one line that names the flag to change.
[[nodiscard]] descriptor listen_on(const options& chosen);

// The path in "unix:/path"; nothing of any other address.
[[nodiscard]] std::string_view socket_path(std::string_view address);

// The file of a unix socket that is listened on, if it is one. Removed with its owner, and by the next server
// where a server was killed before it could.
class socket_file {
public:
    explicit socket_file(std::string_view address) : path_(socket_path(address)) {}
    socket_file(const socket_file&) = delete;
    socket_file& operator=(const socket_file&) = delete;
    ~socket_file();

private:
    std::string path_;
};

// How long accepting pauses when accept() failed for want of resources: long enough for a connection to end,
// short enough to be no outage.
inline constexpr std::chrono::milliseconds accept_pause{10};

// Whether accept() failed for want of file descriptors or memory, so that trying again at once would fail
// again.
[[nodiscard]] bool out_of_resources(int accept_error);

// Connections that the kernel has made and nobody has accepted yet; 0 of a unix socket, which does not tell.
[[nodiscard]] std::size_t waiting_in(int listener);

[[nodiscard]] int family_of(const descriptor& socket);  // AF_INET, AF_INET6, AF_UNIX

// The port a bound socket has; 0 if it cannot be told.
[[nodiscard]] std::uint16_t port_of(const descriptor& socket);

// "127.0.0.1:8080", or "[::1]:8080" where the address has colons of its own; of a unix socket its address.
[[nodiscard]] std::string endpoint_text(const std::string& address, std::uint16_t port);

}  // namespace servers
