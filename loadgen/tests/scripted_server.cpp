#include "loadgen/tests/scripted_server.hpp"

#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace loadgen::tests {
namespace {

namespace asio = boost::asio;
using error_code = boost::system::error_code;

}  // namespace

scripted_server::scripted_server(script what)
    : script_(std::move(what)),
      acceptor_(context_, {asio::ip::address_v4::loopback(), 0}),
      endpoint_(acceptor_.local_endpoint()),
      accepting_([this] { accept_all(); }) {}

scripted_server::~scripted_server() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        error_code ignored;
        for (auto& s : sockets_) s.shutdown(socket::shutdown_both, ignored);
    }
    // A connection of our own wakes the accept call: closing the acceptor from another thread would not.
    socket waker(context_);
    error_code ignored;
    waker.connect(endpoint_, ignored);
    accepting_.join();
    threads_.clear();
}

int scripted_server::connections() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(sockets_.size());
}

void scripted_server::accept_all() {
    is_serving = true;
    for (;;) {
        error_code fault;
        socket accepted = acceptor_.accept(fault);
        const std::lock_guard lock(mutex_);
        if (fault || stopping_) return;
        auto& s = sockets_.emplace_back(std::move(accepted));
        threads_.emplace_back([this, &s] {
            is_serving = true;
            script_(s);
            const std::lock_guard closing(mutex_);
            error_code ignored;
            s.close(ignored);
        });
    }
}

bool read_request(socket& from) {
    std::string seen;
    std::array<char, 1024> part{};
    while (seen.find("\r\n\r\n") == std::string::npos) {
        error_code fault;
        const auto got = from.read_some(asio::buffer(part), fault);
        if (fault) return false;
        seen.append(part.data(), got);
    }
    return true;
}

void send(socket& to, std::string_view bytes) {
    error_code ignored;
    asio::write(to, asio::buffer(bytes.data(), bytes.size()), ignored);
}

void reset(socket& which) {
    error_code ignored;
    which.set_option(asio::socket_base::linger(true, 0), ignored);
}

void wait_for_end(socket& which) {
    std::array<char, 1024> part{};
    error_code fault;
    while (!fault) which.read_some(asio::buffer(part), fault);
}

scripted_server::script reply_always(std::string bytes) {
    return [bytes = std::move(bytes)](socket& peer) {
        while (read_request(peer)) send(peer, bytes);
    };
}

}  // namespace loadgen::tests
