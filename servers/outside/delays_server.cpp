// The server of the suite `truth`: it answers after a delay that is known, by path.
//
// /constant: 1 ms. /tail: 1 ms, and every hundredth request 20 ms. /freeze: 1 ms, and every 5 s the whole
// server stands still for 200 ms. /second: 1 s. What a request really took is read from its packets, so it
// need not be exact. usage: delays_server PORT
#include <sys/resource.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <fmt/core.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;
using clock = std::chrono::steady_clock;

constexpr auto usual_delay = 1ms;
constexpr auto slow_delay = 20ms;
constexpr unsigned slow_every = 100;
constexpr auto freeze = 200ms;
constexpr auto freeze_every = 5s;
constexpr std::size_t longest_head = 16 * 1024;
// ab, whose requests are of HTTP/1.0, believes in no kept connection that the reply does not speak of.
constexpr std::string_view reply =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok";

class delays_server {
public:
    delays_server(asio::io_context& context, std::uint16_t port)
        : context_(context), acceptor_(context, {asio::ip::address_v4::loopback(), port}) {}

    asio::awaitable<void> accept() {
        for (;;) {
            boost::system::error_code fault;
            auto peer = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, fault));
            if (!fault) asio::co_spawn(context_, converse(std::move(peer)), asio::detached);
        }
    }

private:
    asio::awaitable<void> converse(tcp::socket peer) {
        peer.set_option(tcp::no_delay(true));
        asio::steady_timer timer(context_);
        std::string head;
        boost::system::error_code fault;
        for (;;) {
            const auto size =
                co_await asio::async_read_until(peer, asio::dynamic_buffer(head, longest_head), "\r\n\r\n",
                                                asio::redirect_error(asio::use_awaitable, fault));
            if (fault) co_return;
            const auto begins = head.find(' ') + 1;
            timer.expires_after(delay_of(head.substr(begins, head.find(' ', begins) - begins)));
            const bool closes = head.find("Connection: close") < size;
            head.erase(0, size);
            co_await timer.async_wait(asio::use_awaitable);
            co_await asio::async_write(peer, asio::buffer(reply),
                                       asio::redirect_error(asio::use_awaitable, fault));
            if (fault || closes) co_return;
        }
    }

    clock::duration delay_of(const std::string& path) {
        if (path == "/health") return 0ms;
        if (path == "/second") return 1s;
        if (path == "/tail") return ++tail_requests_ % slow_every == 0 ? slow_delay : usual_delay;
        if (path == "/freeze" && clock::now() >= next_freeze_) {
            // On purpose on the thread of the event loop: nobody is served meanwhile.
            if (next_freeze_ != clock::time_point{}) std::this_thread::sleep_for(freeze);
            next_freeze_ = clock::now() + freeze_every;
        }
        return usual_delay;
    }

    asio::io_context& context_;
    tcp::acceptor acceptor_;
    unsigned tail_requests_ = 0;
    clock::time_point next_freeze_{};  // the first is so long after the first request that asks for one
};

void allow_many_files() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        std::uint16_t port = 0;
        const std::string_view text(argc == 2 ? argv[1] : "");
        if (std::from_chars(text.data(), text.data() + text.size(), port).ec != std::errc())
            throw std::runtime_error("usage: delays_server PORT");
        allow_many_files();
        asio::io_context context(1);
        delays_server server(context, port);
        asio::signal_set signals(context, SIGTERM, SIGINT);
        signals.async_wait([&context](auto, int) { context.stop(); });
        asio::co_spawn(context, server.accept(), asio::detached);
        context.run();
        return 0;
    } catch (const std::exception& fault) {
        fmt::print(stderr, "delays_server: {}\n", fault.what());
        return 2;
    }
}
