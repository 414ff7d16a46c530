// What the generator asks of its process before it starts: room for its connections, and timers that are
// exact.
#pragma once

#include <cstdint>

#include "loadgen/exchange.hpp"

namespace loadgen {

// Raises the soft limit on open files to the hard one, and grows the descriptor table at once. The kernel
// doubles the table as it fills, and in a process with threads each doubling waits for an RCU grace period: 4
// to 12 ms in the middle of a burst. Returns how many connections then fit, beside the files that are open
// already and those that `threads` event loops will need.
std::uint64_t make_room_for_connections(unsigned threads);

unsigned own_cores();  // that this process may run on: fewer than there are, under taskset or in a cpuset

// Linux wakes a sleeper up to 50 us late to save power; a generator cannot use that. For the calling thread.
void make_timers_exact();

// What the calling thread has used so far, and how long it was ready to run and had no core (zero where the
// kernel does not tell: /proc/thread-self/schedstat).
struct times {
    nanoseconds cpu{0};
    nanoseconds waiting{0};
};

// Reads them for the thread that opened it: two calls to the kernel a reading.
class thread_meter {
public:
    thread_meter() = default;
    thread_meter(const thread_meter&) = delete;
    thread_meter& operator=(const thread_meter&) = delete;
    ~thread_meter();

    void open();
    times read() const;

private:
    int schedstat_ = -1;
};

// The same, and what is left, as shares of wall time.
struct utilisation {
    double running = 0;
    double waiting = 0;  // for a core
    double absent = 0;   // stopped, or its core taken by the hypervisor
};

// What the hypervisor has taken so far from all cores of this virtual machine: counted in ticks of 10 ms,
// zero where nothing is told (/proc/stat).
nanoseconds stolen_time();

// Waits for the start of a run, spinning the last millisecond. A sleeper is woken some 50 us late, and a
// virtual core that has been halted may need milliseconds to come back: noise that every request of a common
// start would bear.
void be_awake_at(clock::time_point start);

}  // namespace loadgen
