// One generator thread: its event loop, its connection slots and its share of the schedule. Nothing in it is
// shared. A closed loop's slots take the next request when they are free. An open loop's dispatcher makes
// requests due by the schedule alone; a slot that is free takes the oldest, and one that is due while all are
// busy waits with its clock running.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/circular_buffer.hpp>

#include "loadgen/backlog.hpp"
#include "loadgen/connection.hpp"
#include "loadgen/live.hpp"
#include "loadgen/parking.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/pulse.hpp"
#include "loadgen/recorder.hpp"

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
    bool is_lost() const { return is_lost_.load(std::memory_order_relaxed); }
    const live_counters& live() const { return live_; }

    // After it has run.
    const recorder& record() const { return recorder_; }
    loadgen::utilisation utilisation() const { return utilisation_; }  // with the drain left out
    nanoseconds cpu() const { return cpu_; }                           // of the thread, between start and end
    bool has_connected() const { return has_connected_; }
    shortage lacked() const { return lacked_; }  // while connections were opened before the start
    nanoseconds failing_for() const { return failing_for_; }  // to the end, no connection could be opened
    std::exception_ptr fault() const { return fault_; }

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
        bool has_ended = false;
        bool was_idle = true;  // since its last request: the server may have closed the connection meanwhile
        clock::time_point free_since{};
        makespan_parts parts;
    };

    void launch();
    template <class Ended>
    void spawn(task<> what, Ended ended);
    void failed(std::exception_ptr fault);
    task<> open_kept(slot& s);
    task<> run_closed(slot& s);
    task<> run_open(slot& s);
    task<> dispatch();
    void hand_out(nanoseconds due, nanoseconds now);
    void resume_longest_idle();
    task<> watch();
    bool cannot_go_on(clock::time_point now);
    task<> beat();
    task<> perform(slot& s, exchange& x);
    task<bool> connect(slot& s, exchange& x);
    task<> back_off(slot& s);
    exchange begin(const slot& s, const planned& next) const;
    void end(slot& s, exchange& x, nanoseconds lost);
    void record(const exchange& request);
    void note_alive(clock::time_point now);
    bool closed_loop_ended(clock::time_point now) const;
    void note_utilisation();
    void slot_ended(slot& s);
    void stop();
    void record_unsent();

    const plan& plan_;
    const class_sequence& sequence_;
    asio::io_context context_{1};
    poller poller_{context_};
    schedule arrivals_;           // the next request to become due
    backlog backlog_;             // those that are due and not yet taken by a slot
    nanoseconds late_{0};         // the most by which the backlog may have been caused by handing out late
    nanoseconds lost_before_{0};  // the pulse when the backlog began
    std::vector<std::unique_ptr<slot>> slots_;
    boost::circular_buffer<slot*> idle_;  // longest idle first, so that none is forgotten
    recorder recorder_;
    live_counters live_;
    pulse pulse_;
    timer dispatch_timer_;
    timer watch_timer_;
    timer beat_timer_;
    clock::time_point start_{};
    clock::time_point end_ = clock::time_point::max();  // of the measured time
    clock::time_point last_alive_{};     // when the server last accepted or replied, or still owed a reply
    clock::time_point failing_since_{};  // no connection could be opened since, and none was answered
    nanoseconds failing_for_{0};
    nanoseconds cpu_{0};
    loadgen::utilisation utilisation_;
    std::size_t active_ = 0;
    bool dispatching_ = false;
    bool stopping_ = false;
    bool has_connected_ = false;
    std::atomic<bool> is_lost_ = false;
    shortage lacked_ = shortage::none;
    std::exception_ptr fault_;
};

}  // namespace loadgen
