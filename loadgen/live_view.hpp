// The line on a terminal that says how a run is going, rewritten four times a second by the main thread,
// which only reads what the workers have counted. Where it shows nothing it does nothing.
#pragma once

#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "loadgen/live.hpp"

namespace loadgen {

class live_view {
public:
    live_view(boost::asio::io_context& context, const plan& what, std::vector<const live_counters*> workers);
    ~live_view();  // leaves the line empty
    live_view(const live_view&) = delete;
    live_view& operator=(const live_view&) = delete;

    void start(clock::time_point at);
    void stop();

private:
    void wait();
    void show();

    boost::asio::steady_timer timer_;
    const plan& plan_;
    std::vector<const live_counters*> workers_;
    live_totals before_;
    clock::time_point start_{};
    clock::time_point shown_at_{};
    bool is_shown_ = false;
    bool is_stopped_ = false;
};

}  // namespace loadgen
