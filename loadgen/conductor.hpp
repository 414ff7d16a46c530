// The main thread's part of a run: starts the workers together once all have opened their connections,
// samples the server, listens for signals, notices when nothing can go on, waits for the workers to end. It
// listens from the first moment, so that no signal has to wait for connections.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "loadgen/fleet.hpp"
#include "loadgen/interrupts.hpp"
#include "loadgen/live_view.hpp"
#include "loadgen/measurement.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/process_sampler.hpp"
#include "loadgen/worker.hpp"

namespace loadgen {

class conductor {
public:
    // The sampler is of the server's process; null: it is not known.
    conductor(const plan& what, interrupts& from_outside, std::vector<std::unique_ptr<worker>>& workers,
              process_sampler* sampler, fleet& ranks);

    // Runs the workers to their end, each on its thread. Throws where they cannot all be started; whatever is
    // thrown, none of them is left waiting.
    void run();
    void hand_over(measurement& to);

    clock::time_point start() const { return start_; }  // the epoch, where they were not started
    bool was_called_off() const {
        return was_called_off_;
    }  // they could, and those of another rank could not

private:
    void work(worker& w);
    void begin();
    void agree_on_start(bool can_start);
    void open_gate(clock::time_point start);
    void end();
    void stop();
    void sample();
    void look_later();
    void give_up_if_lost();

    interrupts& interrupts_;
    boost::asio::io_context& context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> until_ended_;
    boost::asio::steady_timer timer_;
    std::vector<std::unique_ptr<worker>>& workers_;
    process_sampler* sampler_;
    fleet& ranks_;
    bool is_slice_;
    std::vector<process_sample> samples_;
    std::optional<live_view> live_view_;
    std::promise<clock::time_point> may_start_;
    std::shared_future<clock::time_point> start_gate_ = may_start_.get_future().share();
    clock::time_point start_{};
    clock::time_point next_look_{};
    std::chrono::system_clock::time_point started_at_{};
    nanoseconds stolen_before_{0};
    double stolen_ = 0;
    std::size_t ready_ = 0, ended_ = 0;
    bool was_interrupted_ = false;
    bool gave_up_ = false;
    bool was_called_off_ = false;
    bool gate_is_open_ = false;
};

}  // namespace loadgen
