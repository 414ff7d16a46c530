// One generator thread: its event loop, its connection slots and its share of the schedule. Nothing in it is
// shared. A closed loop's slots take the next request when they are free, an open loop's what the dispatcher
// has made due.
#pragma once

#include <exception>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "loadgen/dispatcher.hpp"
#include "loadgen/live.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/pulse.hpp"
#include "loadgen/recorder.hpp"
#include "loadgen/slot.hpp"
#include "loadgen/watchdog.hpp"

namespace loadgen {

class worker {
public:
    worker(const plan& what, const class_sequence& sequence, unsigned index);

    // Opens the kept connections. Called before the start, on the worker's thread.
    void prepare() noexcept;
    bool can_start() const;  // after `prepare`: fresh connections, or at least one that was opened

    // Runs to the end, on the worker's thread: every request of the share has been recorded when it returns,
    // also when it returns early because something threw (see `fault`).
    void run(clock::time_point start) noexcept;

    // Ends the run early, from any thread. What is in flight or not yet sent is recorded as `unfinished`.
    void request_stop();

    // From any thread, while it runs: nothing is in flight, no connection can be opened, and so it has been
    // for some time.
    bool is_lost() const { return watchdog_.cannot_go_on(); }
    const live_counters& live() const { return live_; }

    // After it has run.
    const recorder& record() const { return recorder_; }
    loadgen::utilisation utilisation() const { return utilisation_; }  // with the drain left out
    nanoseconds cpu() const { return cpu_; }                           // of the thread, between start and end
    bool has_connected() const { return watchdog_.has_connected(); }
    shortage lacked() const { return lacked_; }  // while connections were opened before the start
    nanoseconds failing_for() const { return failing_for_; }  // to the end, no connection could be opened
    std::exception_ptr fault() const { return fault_; }

private:
    void launch();
    template <class Ended>
    void spawn(task<> what, Ended ended);
    void failed(std::exception_ptr fault);
    task<> open_kept(slot& s);
    task<> run_closed(slot& s);
    task<> run_open(slot& s);
    task<> beat();
    task<> perform(slot& s, exchange& x);
    task<bool> connect(slot& s, exchange& x);
    task<> back_off(slot& s);
    exchange begin(const slot& s, const planned& next) const;
    void end(slot& s, exchange& x, nanoseconds lost);
    void record(const exchange& request);
    bool closed_loop_ended(clock::time_point now) const;
    void note_utilisation();
    void slot_ended(slot& s);
    void stop();
    void record_unsent();

    const plan& plan_;
    const class_sequence& sequence_;
    asio::io_context context_{1};
    poller poller_{context_};
    schedule arrivals_;  // the next request to become due
    std::vector<std::unique_ptr<slot>> slots_;
    recorder recorder_;
    live_counters live_;
    pulse pulse_;
    dispatcher dispatcher_;
    watchdog watchdog_;
    timer beat_timer_;
    clock::time_point start_{};
    clock::time_point end_ = clock::time_point::max();  // of the measured time
    nanoseconds failing_for_{0};
    nanoseconds cpu_{0};
    loadgen::utilisation utilisation_;
    std::size_t active_ = 0;
    bool stopping_ = false;
    shortage lacked_ = shortage::none;
    std::exception_ptr fault_;
};

}  // namespace loadgen
