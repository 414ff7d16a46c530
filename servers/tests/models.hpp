// The models under test, and a fixture that serves as one of them on a free port.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "servers/options.hpp"
#include "servers/tests/client.hpp"
#include "servers/tests/model_server.hpp"

namespace servers::tests {

inline constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

template <server_kind Kind, unsigned Threads, std::size_t AtOnce, bool KeepsOpen, bool Cancels = false>
struct model {
    static constexpr server_kind kind = Kind;
    static constexpr unsigned threads = Threads;
    static constexpr std::size_t at_once = AtOnce;  // requests it can serve at the same time
    static constexpr bool keeps_open = KeepsOpen;   // connections, for more requests
    static constexpr bool keep = KeepsOpen && AtOnce == Threads;
    static constexpr bool cancels = Cancels;  // --cancel-abandoned
};

struct sequential : model<server_kind::blocking, 1, 1, false> {
    static constexpr auto name = "sequential";
};
struct pool_8 : model<server_kind::blocking, 8, 8, false> {
    static constexpr auto name = "pool_8";
};
struct pool_keep_8 : model<server_kind::blocking, 8, 8, true> {
    static constexpr auto name = "pool_keep_8";
};
struct thread_per_request : model<server_kind::blocking, 0, unbounded, true> {
    static constexpr auto name = "thread_per_request";
};
struct fiber : model<server_kind::fiber, 1, unbounded, true> {
    static constexpr auto name = "fiber";
};
struct fiber_2 : model<server_kind::fiber, 2, unbounded, true> {
    static constexpr auto name = "fiber_2";
};
struct async : model<server_kind::async, 1, unbounded, true> {
    static constexpr auto name = "async";
};
struct async_2 : model<server_kind::async, 2, unbounded, true> {
    static constexpr auto name = "async_2";
};
// Notices who leaves: in the tests where that could make a difference.
struct async_cancelling : model<server_kind::async, 1, unbounded, true, true> {
    static constexpr auto name = "async_cancelling";
};

// Those on event loops, which are not in every build.
#if defined(SVA_FIBERS)
template <class... Models>
using and_loops = testing::Types<Models..., async, async_2, fiber, fiber_2>;
#else
template <class... Models>
using and_loops = testing::Types<Models..., async, async_2>;
#endif

using models = and_loops<sequential, pool_8, pool_keep_8, thread_per_request>;
using models_and_cancelling =
    and_loops<sequential, pool_8, pool_keep_8, thread_per_request, async_cancelling>;
using concurrent_models = and_loops<pool_8, pool_keep_8, thread_per_request>;
using keeping_models = and_loops<pool_keep_8, thread_per_request>;
using unbounded_models = and_loops<thread_per_request>;
using offloading_models = and_loops<>;

struct model_names {
    template <class Model>
    static std::string GetName(int) {
        return Model::name;
    }
};

template <class Model>
class served : public testing::Test {
protected:
    // Defaults but for the port, and for waiting less for clients that do not close; to be changed before
    // serve().
    options chosen = {.port = 0,
                      .threads = Model::threads,
                      .keep = Model::keep,
                      .linger_timeout = std::chrono::milliseconds(200),
                      .cancel_abandoned = Model::cancels};

    void serve() {
        listen();
        start();
    }
    void listen() { server_ = make_server(Model::kind, chosen); }
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
    std::unique_ptr<model_server> server_;
    bool drained_ = false;
};

}  // namespace servers::tests
