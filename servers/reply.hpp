// A reply and its form on the wire. It knows nothing of requests or sockets; who sends it decides whether the
// connection stays open.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace servers {

struct reply {
    unsigned status = 200;
    std::string made{};           // the body, JSON; or where that is always the same
    std::string_view constant{};  // this, which takes no memory
    std::string_view allow{};     // the methods that a 405, or OPTIONS, has to name; else empty
    bool head = false;            // answers a HEAD: the headers of the same GET, without its body

    [[nodiscard]] std::string_view body() const { return made.empty() ? constant : made; }
};

// A reply whose body is {"error": message}; the message may hold any bytes: those that are not
// ASCII become question marks, the rest is escaped.
[[nodiscard]] reply error_reply(unsigned status, std::string_view message);

// Replaces `wire` by the whole reply, headers and body together, so that one write sends it.
void render(const reply& what, bool keep_alive, std::string& wire);

// For when there is neither time nor memory to make one.
using fixed_reply = std::array<char, 180>;
[[nodiscard]] fixed_reply overloaded_reply();
[[nodiscard]] inline std::string_view view_of(const fixed_reply& wire) {
    return {wire.data(), wire.size()};
}

// What a client is sent that asked to be told to go on before it sends its body.
inline constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace servers
