// One generator thread: its event loop, its connection slots and its share of the schedule. Nothing in it is
// shared. A closed loop's slots take the next request when they are free. An open loop's dispatcher makes
// requests due by the schedule alone; a slot that is free takes the oldest, and one that is due while all are
// busy waits with its clock running.
#pragma once

#include <memory>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/circular_buffer.hpp>

#include "loadgen/connection.hpp"
#include "loadgen/live.hpp"
#include "loadgen/parking.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/process.hpp"
#include "loadgen/recorder.hpp"

namespace loadgen {

class worker {
public:
    worker(const plan& what, const class_sequence& sequence, unsigned index);

    // Opens the kept connections; returns how many could be opened. Called before the start, on the worker's
    // thread.
    unsigned prepare();

    // Runs to the end, on the worker's thread: every request of the share has been recorded when it returns.
    void run(clock::time_point start);

    // Ends the run early, from any thread. What is in flight or not yet sent is recorded as `unfinished`.
    void request_stop();

    const recorder& record() const { return recorder_; }
    const live_counters& live() const { return live_; }                // from any thread, while it runs
    loadgen::utilisation utilisation() const { return utilisation_; }  // with the drain left out
    nanoseconds cpu() const { return cpu_; }                           // of the thread, between start and end
    bool has_connected() const { return has_connected_; }

private:
    using timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>;

    struct slot {
        slot(asio::io_context& context, poller& events, const asio::ip::tcp::endpoint& server,
             std::uint32_t which)
            : link(events, server), wake(context), index(which) {}
        connection link;
        parking idle;  // here it waits for a request to become due
        timer wake;    // ends a back-off
        std::uint32_t index;
        unsigned failed_connects = 0;  // in a row
        clock::time_point free_since{};
    };

    task<> open_kept(slot& s);
    task<> run_closed(slot& s);
    task<> run_open(slot& s);
    task<> dispatch();
    void resume_longest_idle();
    task<> watch();
    task<> perform(slot& s, exchange& x, clock::time_point ready);
    task<bool> connect(slot& s, exchange& x, clock::time_point ready);
    task<> back_off(slot& s);
    exchange begin(slot& s, std::uint64_t request, nanoseconds due) const;
    bool closed_loop_ended(clock::time_point now) const;
    void started(nanoseconds due);
    void finished(const exchange& request);
    void slot_ended();
    void note_utilisation();
    void stop();
    void record_unsent();

    const plan& plan_;
    const class_sequence& sequence_;
    asio::io_context context_{1};
    poller poller_{context_};
    schedule arrivals_;  // the next request to become due
    schedule backlog_;   // the oldest that is due and not yet taken by a slot; the same sequence, read behind
    std::uint64_t waiting_ = 0;
    std::vector<std::unique_ptr<slot>> slots_;
    boost::circular_buffer<slot*> idle_;  // longest idle first, so that none is forgotten
    recorder recorder_;
    live_counters live_;
    timer dispatch_timer_;
    timer watch_timer_;
    clock::time_point start_{};
    clock::time_point end_ = clock::time_point::max();  // of the measured time
    clock::time_point last_alive_{};                    // when the server last accepted or replied
    times before_;
    nanoseconds cpu_{0};
    loadgen::utilisation utilisation_;
    std::size_t active_ = 0;
    bool dispatching_ = false;
    bool stopping_ = false;
    bool has_connected_ = false;
};

}  // namespace loadgen
