// One generator thread: owns its event loop, its connection slots and its share of the schedule, starts them
// together and ends them. Nothing in it is shared. What a slot does is in `session`, who makes an open loop's
// requests due in `dispatcher`, what is counted in `ledger`.
#pragma once

#include <array>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "loadgen/contact.hpp"
#include "loadgen/dispatcher.hpp"
#include "loadgen/ledger.hpp"
#include "loadgen/loop.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/pulse.hpp"
#include "loadgen/session.hpp"
#include "loadgen/watchdog.hpp"

namespace loadgen {

class worker {
public:
    worker(const plan& asked, const class_sequence& sequence, unsigned index);

    // Before `prepare`: takes over as many connections as it has slots. After the run: hands on those that
    // stay open.
    void adopt(std::vector<open_connection>& connections);
    void release(std::vector<open_connection>& connections);

    // Opens the kept connections that it lacks. Called before the start, on the worker's thread.
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
    const live_counters& live() const { return ledger_.live(); }

    // After it has run.
    const recorder& record() const { return ledger_.record(); }
    loadgen::utilisation utilisation() const { return utilisation_; }  // with the drain left out
    nanoseconds cpu() const { return cpu_; }                           // of the thread, between start and end
    bool has_connected() const { return contact_.has_connected(); }
    const std::string& tls_fault() const { return contact_.tls_fault(); }
    shortage lacked() const { return contact_.lacked(); }  // while connections were opened before the start
    nanoseconds failing_for() const { return failing_for_; }  // to the end, no connection could be opened
    std::exception_ptr fault() const { return fault_; }

    frame_pool& frames() { return loop_.frames(); }

private:
    void launch(clock::time_point start);
    void run_loop();
    task<> beat();
    void spawn(
        task<> coroutine, std::function<void()> ended = [] {});
    void failed(std::exception_ptr fault);
    void session_ended(session& ended);
    void stop();
    void note_utilisation();
    void close_unsent(nanoseconds now);

    const plan& plan_;
    loop loop_;
    wire_clock wire_;
    std::unique_ptr<tls_client> tls_;  // null: connections are plain
    schedule arrivals_;                // the next request to become due
    pulse pulse_;
    ledger ledger_;
    contact contact_;
    dispatcher dispatcher_;
    reply_reader::known_head head_;
    std::array<char, 65'536> buffer_;
    session::surroundings surroundings_;
    std::vector<std::unique_ptr<session>> sessions_;
    watchdog watchdog_;
    timer beat_timer_;
    std::size_t active_ = 0;  // sessions that have not ended
    nanoseconds failing_for_{0};
    nanoseconds cpu_{0};
    loadgen::utilisation utilisation_;
    std::exception_ptr fault_;
};

}  // namespace loadgen
