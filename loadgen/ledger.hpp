// The accounts of a worker's requests: opens an exchange when its turn has come, and closes it with what of
// its latency may be the generator's own doing. What is closed is recorded. One per worker, on its thread.
#pragma once

#include "loadgen/live.hpp"
#include "loadgen/mix.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/pulse.hpp"
#include "loadgen/recorder.hpp"
#include "loadgen/schedule.hpp"

namespace loadgen {

class ledger {
public:
    ledger(const plan& asked, const class_sequence& sequence, pulse& beats);

    void begin(clock::time_point start) { start_ = start; }

    void started(nanoseconds due) {  // a request has become due
        recorder_.started(due);
        live_.started();
    }

    // Time that the thread has lost so far. What it grows by while a request is open may be in its latency.
    nanoseconds lost() const { return pulse_.lost(); }

    exchange open(const planned& request, std::uint32_t connection) const;

    // Closes an exchange whose times are known; `lost` is what had been lost when it became due, `of_slot`
    // what its connection slot has spent so far. Returns since when the slot is free, counted from the start:
    // a closed loop's from when the reply was read. An open loop's next request may be due already: from when
    // it was done, so that what then passes until it is sent is lag.
    nanoseconds close(exchange& x, nanoseconds lost, makespan_parts& of_slot);

    // Scheduled, due and never sent: all of its wait that is no queue is the generator's.
    void close_unsent(const planned& request, nanoseconds queue, nanoseconds lag);
    // Scheduled, and not due when the run ended: it has nothing but its existence.
    void close_not_due(const planned& request);

    const recorder& record() const { return recorder_; }
    const live_counters& live() const { return live_; }

private:
    void record(const exchange& closed);

    const class_sequence& sequence_;
    pulse& pulse_;
    bool is_open_loop_;  // lag is the generator's own in the latency; a closed loop's schedule waits for it
    clock::time_point start_{};
    recorder recorder_;
    live_counters live_;
};

}  // namespace loadgen
