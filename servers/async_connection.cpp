#include "servers/async_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

namespace servers {

namespace asio = boost::asio;

// The kernel has room for a reply as a rule. As an operation of Asio's, even one that is done at once comes
// back through the loop's queue, after another look at all sockets.
awaitable<std::size_t> async_connection::write(std::string_view bytes) {
    may_never_come_ = false;
    const std::size_t sent = write_at_once(bytes);
    if (sent == bytes.size()) co_return sent;
    co_return sent + co_await asio::async_write(socket_, asio::buffer(bytes.substr(sent)),
                                                asio::redirect_error(use_loop, error_));
}

}  // namespace servers
