// A connection that outlives the run that opened it: its socket, and the TLS on it, if it has any.
#pragma once

#include <memory>

#include "loadgen/open_socket.hpp"
#include "loadgen/tls_stream.hpp"

namespace loadgen {

struct open_connection {
    open_socket socket;
    std::unique_ptr<tls_stream> tls;  // null: none

    explicit operator bool() const { return static_cast<bool>(socket); }
};

}  // namespace loadgen
