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

awaitable<bool> async_connection::write_rest(std::string bytes, std::size_t written) {
    may_never_come_ = false;
    written += co_await asio::async_write(socket_, asio::buffer(bytes) + written,
                                          asio::redirect_error(use_loop, error_));
    co_return is_whole(written == bytes.size());
}

awaitable<bool> async_connection::while_there(awaitable<void> conversation) {
    watch_ = std::make_shared<client_watch>(socket_);
    have_memory_to_wait();
    try {
        co_await asio::co_spawn(socket_.get_executor(), std::move(conversation),
                                asio::bind_cancellation_slot(watch_->slot(), use_loop));
    } catch (const boost::system::system_error&) {
        if (!watch_->is_gone()) throw;
    }
    co_return !watch_->is_gone();
}

}  // namespace servers
