// async_server once more, its event loops on io_uring instead of epoll: the same files, compiled with Asio's
// BOOST_ASIO_HAS_IO_URING and BOOST_ASIO_DISABLE_EPOLL.
#include <stdexcept>
#include <string>

#include "servers/async_server.hpp"
#include "servers/io_uring.hpp"
#include "servers/server_main.hpp"

namespace {

class async_server_uring : public servers::async_server {
public:
    static constexpr servers::model_flags model{
        .program = "async_server_uring",
        .summary = "An HTTP server whose coroutines wait, on io_uring.",
        .thread_per_request = false,
        .offload = true,
        .cancels = true};

    // Throws std::runtime_error where io_uring is forbidden.
    explicit async_server_uring(const servers::options& chosen) : async_server(unless_forbidden(chosen)) {}

private:
    static const servers::options& unless_forbidden(const servers::options& chosen) {
        const std::string fault = servers::io_uring_fault();
        if (!fault.empty()) throw std::runtime_error(fault);
        return chosen;
    }
};

}  // namespace

int main(int argc, char** argv) {
    return servers::server_main<async_server_uring>(argc, argv);
}
