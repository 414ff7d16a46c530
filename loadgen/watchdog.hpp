// Enforces the deadlines of a worker's requests and the end of its drain, and notices when it cannot go on:
// nothing is in flight, no connection can be opened, and so it has been for a while. One per worker, on its
// thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "loadgen/contact.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/session.hpp"

namespace loadgen {

class watchdog {
public:
    watchdog(loop& events, const plan& asked, const std::vector<std::unique_ptr<session>>& sessions,
             contact& server);

    frame_pool& frames() { return loop_.frames(); }

    // Until `sleep_no_more`. Calls `time_is_up` when the measured time has ended, and `stop` when the drain
    // has.
    task<> run(clock::time_point start, std::function<void()> time_is_up, std::function<void()> stop);
    void sleep_no_more();

    bool cannot_go_on() const { return cannot_go_on_.load(std::memory_order_relaxed); }  // from any thread

private:
    void look(clock::time_point now);

    loop& loop_;
    const plan& plan_;
    const std::vector<std::unique_ptr<session>>& sessions_;
    contact& contact_;
    timer timer_;
    bool is_done_ = false;
    std::atomic<bool> cannot_go_on_ = false;
};

}  // namespace loadgen
