#include "servers/fiber_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace servers {

namespace asio = boost::asio;

std::size_t fiber_connection::read(std::span<char> room, bool may_never_come) {
    may_never_come_ = may_never_come;
    return socket_.async_read_some(asio::buffer(room.data(), room.size()), yield_[error_]);
}

std::size_t fiber_connection::write(std::string_view bytes) {
    may_never_come_ = false;
    const std::size_t sent = write_at_once(bytes);  // for async_connection's reason
    if (sent == bytes.size()) return sent;
    return sent + asio::async_write(socket_, asio::buffer(bytes.substr(sent)), yield_[error_]);
}

}  // namespace servers
