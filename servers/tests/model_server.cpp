#include "servers/tests/model_server.hpp"

#include <stdexcept>

#include "servers/async_server.hpp"
#include "servers/blocking_server.hpp"
#if defined(SVA_FIBERS) && !defined(BOOST_ASIO_HAS_IO_URING)
#define SVA_FIBERS_HERE
#include "servers/fiber_server.hpp"
#endif

namespace servers::tests {
namespace {

template <class Server>
class server_of_kind final : public model_server {
public:
    explicit server_of_kind(const options& chosen) : server_(chosen) {}

    [[nodiscard]] std::uint16_t port() const override { return server_.port(); }
    void start() override { server_.start(); }
    [[nodiscard]] bool drain() override { return server_.drain(); }
    [[nodiscard]] std::uint64_t drained_unanswered() const override { return server_.drained_unanswered(); }

private:
    Server server_;
};

}  // namespace

std::unique_ptr<model_server> make_server(server_kind kind, const options& chosen) {
    switch (kind) {
        case server_kind::blocking:
            return std::make_unique<server_of_kind<blocking_server>>(chosen);
#if defined(SVA_FIBERS_HERE)
        case server_kind::fiber:
            return std::make_unique<server_of_kind<fiber_server>>(chosen);
#endif
        case server_kind::async:
            return std::make_unique<server_of_kind<async_server>>(chosen);
        default:
            throw std::logic_error("no test of this build asks for such a server");
    }
}

}  // namespace servers::tests
