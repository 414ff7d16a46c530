// Notices when its thread was not run although it should have been: stopped (SIGSTOP, a frozen container),
// waiting for a core that somebody else had, or on a virtual core that the hypervisor had taken. It beats
// every few milliseconds; a beat that comes late, and not because the thread was at work, has lost that time.
// What the thread's own work takes is its cost, not a loss. One per generator thread, used on it alone.
#pragma once

#include "loadgen/process.hpp"

namespace loadgen {

class pulse {
public:
    static constexpr nanoseconds period = std::chrono::milliseconds(2);
    // Sleepers are woken some 70 us late on a virtual machine, and now and then later: no loss below this.
    static constexpr nanoseconds tolerance = std::chrono::milliseconds(1);

    // Begins to count: what was due at `start` and is only looked at now is late already.
    void begin(clock::time_point start);

    // To be called at least every `period` while the thread may sleep, and before a time that was measured
    // after a longer gap is believed.
    void beat(clock::time_point now);
    bool is_overdue(clock::time_point now) const { return now - last_ > period + tolerance; }

    // The thread has looked for work so long, and there was none: it used its core as sleep would have let
    // it.
    void note_idle(nanoseconds took) {
        if (took < longest_idle) idle_ += took;
    }

    // Time lost so far, counted at beats. What it grew by while a request was open is the most that the
    // request's latency may owe to it.
    nanoseconds lost() const { return lost_; }

    // What the thread has done with its time since the beginning, as shares of it.
    utilisation shares(clock::time_point now) const;
    // At work: without what it idled.
    nanoseconds cpu() const { return meter_.read().cpu - first_.cpu - idle_; }

private:
    // A look for work takes a microsecond. In a longer one the thread had no core, and used none.
    static constexpr nanoseconds longest_idle = std::chrono::microseconds(20);

    thread_meter meter_;
    clock::time_point start_{};
    clock::time_point last_{};
    times first_, before_;
    nanoseconds lost_{0};
    nanoseconds idle_{0};
    nanoseconds absent_{0};
};

}  // namespace loadgen
