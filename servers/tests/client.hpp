// A client for tests: one connection, blocking, that sends exactly the bytes it is told to, wrong ones too,
// and reads replies. Every wait ends after ten seconds, so that a server which hangs fails its test instead
// of stopping the run.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "servers/descriptor.hpp"

namespace servers::tests {

struct received_reply {
    unsigned status = 0;                           // 0: the connection ended before a whole reply
    std::map<std::string, std::string> headers{};  // names in lower case
    std::string body{};
    bool cut_short = false;  // the connection ended in the middle of it
};

class client {
public:
    // Opens a socket, and unless told otherwise connects it.
    client();
    explicit client(std::uint16_t port);

    // False when the connection was refused.
    bool connect(std::uint16_t port);
    // False when it is not made so soon; the kernel goes on trying.
    bool connect_within(std::uint16_t port, std::chrono::milliseconds limit);
    bool connected_within(std::chrono::milliseconds limit);
    // False when the server has closed the connection.
    bool send(std::string_view bytes);
    // `head`: the reply is to a HEAD request, so no body follows whatever its Content-Length.
    // Sends what the kernel takes without waiting.
    void send_at_once(std::string_view bytes);
    received_reply receive(bool head = false);
    received_reply get(std::string_view target);
    // All that the server sends until it closes.
    std::string receive_all();

    // The server has closed its end, and sent nothing before that which was not received.
    bool at_end();
    // Something can be received, or the server has closed.
    bool readable_within(std::chrono::milliseconds limit);
    void finish_sending();
    // Closes so that the server gets a reset.
    void reset();
    // Sends `bytes` again and again, receiving nothing, until the server gives up; false if it has not after
    // ten seconds.
    bool send_until_cut_off(std::string_view bytes);

private:
    bool fill();

    descriptor socket_;
    std::string unread_;
};

// The text of a GET request; `headers` are whole lines.
std::string get_request(std::string_view target, std::string_view headers = {});

}  // namespace servers::tests
