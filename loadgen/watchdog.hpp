// Enforces the deadlines of a worker's requests and the end of its drain, and notices when it cannot go on:
// nothing is in flight, no connection can be opened, and so it has been for a while. One per worker, on its
// thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "loadgen/plan.hpp"
#include "loadgen/slot.hpp"

namespace loadgen {

class watchdog {
public:
    watchdog(asio::io_context& context, const plan& what, const std::vector<std::unique_ptr<slot>>& slots);

    // Until `sleep_no_more`. Calls `time_is_up` when the measured time has ended, and `stop` when the drain
    // has.
    task<> run(clock::time_point start, std::function<void()> time_is_up, std::function<void()> stop);
    void sleep_no_more();

    void note_alive(clock::time_point at);    // the server has accepted, or replied
    void note_failing(clock::time_point at);  // a connection could not be opened
    bool has_connected() const { return has_connected_; }
    nanoseconds failing_for(clock::time_point now) const;  // and since then nothing came; zero: it is not

    bool cannot_go_on() const { return cannot_go_on_.load(std::memory_order_relaxed); }  // from any thread

private:
    void look(clock::time_point now);

    asio::io_context& context_;
    const plan& plan_;
    const std::vector<std::unique_ptr<slot>>& slots_;
    timer timer_;
    clock::time_point last_alive_{};  // when the server last accepted or replied, or still owed a reply
    clock::time_point failing_since_{};
    bool has_connected_ = false;
    bool is_done_ = false;
    std::atomic<bool> cannot_go_on_ = false;
};

}  // namespace loadgen
