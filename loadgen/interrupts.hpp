// SIGINT and SIGTERM end a run early, and never the program: while one of these lives, the first is heard by
// the run, and those that come later, also while files are written, change nothing. The event loop is the
// main thread's; a run that has begun is given its ear by `on_signal`.
#pragma once

#include <functional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace loadgen {

class interrupts {
public:
    // Calls `heard` from within the loop with the first signal that has come or will come.
    void on_signal(std::function<void()> heard) {
        signals_.async_wait([heard = std::move(heard)](boost::system::error_code fault, int) {
            if (!fault) heard();
        });
    }
    void forget() { signals_.cancel(); }
    boost::asio::io_context& context() { return context_; }

private:
    boost::asio::io_context context_{1};
    boost::asio::signal_set signals_{context_, SIGINT, SIGTERM};
};

// For who waits without the loop: whether a signal has come since this was made.
class signal_watch {
public:
    explicit signal_watch(interrupts& from) : from_(from) {
        from_.on_signal([this] { has_come_ = true; });
    }
    signal_watch(const signal_watch&) = delete;
    signal_watch& operator=(const signal_watch&) = delete;
    ~signal_watch() {
        from_.forget();
        look();
    }
    bool has_come() {
        look();
        return has_come_;
    }

private:
    void look() {
        from_.context().restart();
        from_.context().poll();
    }

    interrupts& from_;
    bool has_come_ = false;
};

}  // namespace loadgen
