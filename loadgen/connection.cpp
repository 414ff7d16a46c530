#include "loadgen/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "loadgen/reply_parser.hpp"

namespace loadgen {
namespace {

constexpr asio::use_awaitable_t<executor> use_task;

enum class progress : std::uint8_t { incomplete, complete, malformed };

// The bytes of a reply as they come in: feeds the parser from the front of the buffer and moves what it left
// to the front.
class reply_reader {
public:
    reply_reader(bool is_head, std::span<char> buffer) : is_head_(is_head), buffer_(buffer) {
        parser_.emplace(is_head);
    }

    asio::mutable_buffer free_space() const {
        return asio::buffer(buffer_.data() + held_, buffer_.size() - held_);
    }
    unsigned status() const { return parser_->status(); }
    bool keep_alive() const { return parser_->keep_alive(); }
    std::uint64_t bytes() const { return bytes_; }

    progress feed(std::size_t received) {
        held_ += received;
        bytes_ += received;
        while (held_ > 0) {
            error_code fault;
            const auto used = parser_->put(asio::buffer(buffer_.data(), held_), fault);
            held_ -= used;
            if (held_ > 0) std::memmove(buffer_.data(), buffer_.data() + used, held_);
            if (fault && fault != boost::beast::http::error::need_more) return progress::malformed;
            if (parser_->is_done() && !parser_->is_interim())
                return held_ == 0 ? progress::complete
                                  : progress::malformed;  // nobody asked for more than one reply
            if (parser_->is_done())
                parser_.emplace(is_head_);
            else if (fault || used == 0)
                break;
        }
        return held_ == buffer_.size() ? progress::malformed : progress::incomplete;
    }

    // The connection's end completes a reply that has no other end.
    progress end() {
        error_code fault;
        if (parser_->got_some()) parser_->put_eof(fault);
        return parser_->is_done() && !fault ? progress::complete : progress::incomplete;
    }

private:
    bool is_head_;
    std::span<char> buffer_;
    std::size_t held_ = 0;
    std::uint64_t bytes_ = 0;
    std::optional<reply_parser> parser_;
};

outcome judge(unsigned status) {
    return status >= 200 && status < 400 ? outcome::ok : outcome::http_error;
}

}  // namespace

void connection::begin(clock::time_point deadline) {
    deadline_ = deadline;
    interrupted_.reset();
}

void connection::interrupt(outcome why) {
    interrupted_ = why;
    deadline_ = clock::time_point::max();
    error_code ignored;
    socket_.cancel(ignored);
}

error_code connection::prepare() {
    error_code fault;
    if (socket_.is_open()) return fault;
    socket_.open(server_.protocol(), fault);
    if (!fault) socket_.non_blocking(true, fault);
    if (!fault) socket_.set_option(asio::ip::tcp::no_delay(true), fault);
    return fault;
}

task<outcome> connection::open() {
    is_spent_ = false;
    auto fault = prepare();
    if (!fault) fault = connect_at_once();
    if (fault == asio::error::in_progress || fault == asio::error::already_started) {
        co_await socket_.async_wait(asio::socket_base::wait_write, asio::redirect_error(use_task, fault));
        if (!fault) fault = connect_at_once();
    }
    is_open_ = !fault && !interrupted_;
    if (is_open_) co_return outcome::ok;
    close();
    co_return interrupted_.value_or(outcome::connect_failed);
}

// Over loopback the connection stands by the time connect() returns, even though that says "in progress":
// asking again spares the wait for an event that has already come, so of a hundred slots each sends as soon
// as it has connected, not when all have.
error_code connection::connect_at_once() {
    for (int attempt = 0;; ++attempt) {
        if (::connect(socket_.native_handle(), server_.data(), static_cast<socklen_t>(server_.size())) == 0)
            return {};
        if (errno == EISCONN) return {};
        if (errno != EINPROGRESS || attempt > 0) return {errno, boost::system::system_category()};
    }
}

task<clock::time_point> connection::perform(prepared_request request, exchange& into) {
    reply_reader reply(request.is_head, buffer_);
    const auto sent = clock::now();
    auto now = sent;
    // The socket does not block and a request is small: one call to the kernel, and no wait in all but rare
    // cases.
    error_code fault;
    const auto written = socket_.write_some(asio::buffer(request.bytes.data(), request.bytes.size()), fault);
    if (written < request.bytes.size()) fault = co_await write_rest(request.bytes.substr(written), fault);
    auto state = progress::incomplete;
    while (!fault && state == progress::incomplete && !interrupted_) {
        const auto received =
            co_await socket_.async_read_some(reply.free_space(), asio::redirect_error(use_task, fault));
        now = clock::now();
        if (received > 0 && reply.bytes() == 0) into.first_byte = now - sent;
        if (received > 0) state = reply.feed(received);
        if (fault == asio::error::eof) state = reply.end();
    }
    deadline_ = clock::time_point::max();
    if (state != progress::complete) now = clock::now();
    into.service = now - sent;
    into.reply_bytes = reply.bytes();
    into.status = static_cast<std::uint16_t>(reply.status());
    if (state == progress::complete)
        into.result = judge(reply.status());
    else if (interrupted_)
        into.result = *interrupted_;
    else if (state == progress::malformed)
        into.result = outcome::malformed;
    else
        into.result = reply.bytes() == 0 ? outcome::reset : outcome::truncated;
    is_spent_ = !request.keep || state != progress::complete || !reply.keep_alive() || fault;
    co_return sent;
}

task<error_code> connection::write_rest(std::string_view bytes, error_code fault) {
    while (!bytes.empty() && !interrupted_) {
        if (fault == asio::error::would_block)
            co_await socket_.async_wait(asio::socket_base::wait_write, asio::redirect_error(use_task, fault));
        if (fault) break;
        bytes.remove_prefix(socket_.write_some(asio::buffer(bytes.data(), bytes.size()), fault));
    }
    co_return fault;
}

void connection::close_if_ended() {
    char byte = 0;
    const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) close();
}

void connection::close() {
    is_open_ = false;
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace loadgen
