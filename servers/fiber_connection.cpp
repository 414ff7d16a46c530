#include "servers/fiber_connection.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace servers {

namespace asio = boost::asio;

std::size_t fiber_connection::read(std::span<char> room, bool may_never_come) {
    may_never_come_ = may_never_come;
    return asio::async_initiate<const fiber_yield, void(boost::system::error_code, std::size_t)>(
        [this, room](auto resume) { begin_read(room, std::move(resume)); }, yield_[error_]);
}

bool fiber_connection::write_rest(std::string bytes, std::size_t written) {
    may_never_come_ = false;
    written += asio::async_write(socket_, asio::buffer(bytes) + written, yield_[error_]);
    return is_whole(written == bytes.size());
}

}  // namespace servers
