#include "servers/async_connection.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

namespace servers {

namespace asio = boost::asio;

// The kernel has room for a reply as a rule. As an operation of Asio's, even one that is done at once comes
// back through the loop's queue, after another look at all sockets.
awaitable<std::size_t> async_connection::write(std::string_view bytes) {
    may_never_come_ = false;
    if (watch_) watch_->stop();
    const std::size_t sent = write_at_once(bytes);
    if (sent == bytes.size()) co_return sent;
    co_return sent + co_await asio::async_write(socket_, asio::buffer(bytes.substr(sent)),
                                                asio::redirect_error(use_loop, error_));
}

awaitable<bool> async_connection::while_there(awaitable<void> conversation) {
    watch_ = std::make_shared<client_watch>(socket_);
    try {
        co_await asio::co_spawn(socket_.get_executor(), std::move(conversation),
                                asio::bind_cancellation_slot(watch_->slot(), use_loop));
    } catch (const boost::system::system_error&) {
        if (!watch_->is_gone()) throw;
    }
    co_return !watch_->is_gone();
}

}  // namespace servers
