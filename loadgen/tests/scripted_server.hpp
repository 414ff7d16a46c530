// A server for tests that does to each connection what it is told: stall, reset, truncate, dribble. Loopback,
// port 0, a thread each.
#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace loadgen::tests {

using socket = boost::asio::ip::tcp::socket;

class scripted_server {
public:
    // Called on a thread of its own for each connection; the connection is closed when it returns.
    using script = std::function<void(socket&)>;

    explicit scripted_server(script what);
    ~scripted_server();  // shuts every connection down, so that no script can keep it waiting
    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;

    const boost::asio::ip::tcp::endpoint& endpoint() const { return endpoint_; }
    int connections() const;

private:
    void accept_all();

    script script_;
    boost::asio::io_context context_{1};
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::endpoint endpoint_;
    mutable std::mutex mutex_;
    std::list<socket> sockets_;
    std::list<std::jthread> threads_;
    bool stopping_ = false;
    std::jthread accepting_;
};

// Whether the calling thread is one of these servers': a test that counts leaves them out.
inline thread_local bool is_serving = false;

// Reads one request header; false at the connection's end.
bool read_request(socket& from);
void send(socket& to, std::string_view bytes);
void reset(socket& which);         // closes with RST
void wait_for_end(socket& which);  // until the other side closes

inline constexpr std::string_view ok_reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

// Replies to every request on a connection with the same bytes.
scripted_server::script reply_always(std::string bytes);

}  // namespace loadgen::tests
