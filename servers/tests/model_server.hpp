// A server of any kind behind one face, so that the tests, which are the same for all, know the headers of
// none.
#pragma once

#include <cstdint>
#include <memory>

#include "servers/options.hpp"

namespace servers::tests {

enum class server_kind { blocking, fiber, async };

class model_server {
public:
    model_server() = default;
    model_server(const model_server&) = delete;
    model_server& operator=(const model_server&) = delete;
    virtual ~model_server() = default;

    [[nodiscard]] virtual std::uint16_t port() const = 0;
    virtual void start() = 0;
    [[nodiscard]] virtual bool drain() = 0;
    [[nodiscard]] virtual std::uint64_t drained_unanswered() const = 0;
};

// Listens, and has not begun to serve.
std::unique_ptr<model_server> make_server(server_kind kind, const options& chosen);

}  // namespace servers::tests
