// The five models under test, and a fixture that serves as one of them on a free port.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "servers/async_server.hpp"
#include "servers/blocking_server.hpp"
#include "servers/options.hpp"
#include "servers/tests/client.hpp"

namespace servers::tests {

inline constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

template <class Server, unsigned Threads, std::size_t AtOnce>
struct model {
    using server = Server;
    static constexpr unsigned threads = Threads;
    static constexpr std::size_t at_once = AtOnce;           // requests it can serve at the same time
    static constexpr bool keeps_open = AtOnce == unbounded;  // connections, for more requests
};

using sequential = model<blocking_server, 1, 1>;
using pool_8 = model<blocking_server, 8, 8>;
using thread_per_request = model<blocking_server, 0, unbounded>;
using async = model<async_server, 1, unbounded>;
using async_2 = model<async_server, 2, unbounded>;

using models = testing::Types<sequential, pool_8, thread_per_request, async, async_2>;
using concurrent_models = testing::Types<pool_8, thread_per_request, async, async_2>;
using keeping_models = testing::Types<thread_per_request, async, async_2>;

struct model_names {
    template <class Model>
    static std::string GetName(int) {
        if (std::is_same_v<Model, sequential>) return "sequential";
        if (std::is_same_v<Model, pool_8>) return "pool_8";
        if (std::is_same_v<Model, thread_per_request>) return "thread_per_request";
        return std::is_same_v<Model, async> ? "async" : "async_2";
    }
};

template <class Model>
class served : public testing::Test {
protected:
    // Defaults but for the port, and for waiting less for clients that do not close; to be changed before
    // serve().
    options chosen = {.port = 0, .threads = Model::threads, .linger_timeout = std::chrono::milliseconds(200)};

    void serve() {
        listen();
        start();
    }
    void listen() { server_ = std::make_unique<typename Model::server>(chosen); }
    void start() { server_->start(); }

    [[nodiscard]] std::uint16_t port() const { return server_->port(); }
    bool drain() {
        drained_ = true;
        return server_->drain();
    }
    [[nodiscard]] std::uint64_t drained_unanswered() const { return server_->drained_unanswered(); }
    // Waits for whatever the drain has left.
    void destroy() { server_.reset(); }

    [[nodiscard]] std::string stats() const { return client(port()).get("/stats").body; }

    void TearDown() override {
        if (server_ && !drained_) {
            EXPECT_TRUE(server_->drain());
        }
    }

private:
    std::unique_ptr<typename Model::server> server_;
    bool drained_ = false;
};

}  // namespace servers::tests
