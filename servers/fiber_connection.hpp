// An accepted connection whose reads and writes suspend the fiber that asks for them: to its code they return
// when they are done, as blocking_connection's do, and no thread waits meanwhile.
#pragma once

#include <boost/asio/spawn.hpp>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "servers/loop_connection.hpp"

namespace servers {

// What a fiber names when it asks for something, so that it is suspended until that is done.
using fiber_yield = boost::asio::basic_yield_context<loop_executor>;

class fiber_connection : public loop_connection {
public:
    fiber_connection(loop_socket socket, std::uint64_t& reads, fiber_yield yield)
        : loop_connection(std::move(socket), reads), yield_(std::move(yield)) {}

    // Reads what there is, at least a byte; 0 when there will be none: the peer has closed or is gone, or
    // late() is true. What `may_never_come` is not waited for once the server drains.
    std::size_t read(std::span<char> room, bool may_never_come);
    // The others of the bytes, of which some were written at once; false when it cannot.
    bool write_rest(std::string bytes, std::size_t written);

private:
    const fiber_yield yield_;
};

}  // namespace servers
