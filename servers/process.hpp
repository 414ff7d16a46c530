// What a server asks of its process: signals that can be waited for, enough files, exact timers. Nothing here
// is about HTTP.
#pragma once

#include <csignal>

namespace servers {

// SIGINT and SIGTERM, kept from interrupting anything, in this thread and those it starts, so that one thread
// can wait for them. To be made before any other thread.
class stop_signals {
public:
    stop_signals();
    stop_signals(const stop_signals&) = delete;
    stop_signals& operator=(const stop_signals&) = delete;
    ~stop_signals();

    void wait() const;

private:
    sigset_t signals_{};
    sigset_t before_{};
};

// Raises the soft limit on open files to the hard one, since the usual 1024 is less than --max-connections,
// and grows the descriptor table at once. The kernel doubles the table as it fills, and in a process with
// threads each doubling waits for an RCU grace period: 4 to 12 ms in the middle of a burst.
void allow_many_files();

// Linux wakes a sleeper up to 50 us late to save power. This thread, and those it starts, are woken on time;
// event loops have timers (timerfd) that are not delayed in the first place, so without it only the blocking
// server would be late.
void make_timers_exact();

}  // namespace servers
