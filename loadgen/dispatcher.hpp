// Makes the requests of an open loop due by the schedule alone, whatever the server does. A slot that is free
// takes the oldest; one that is due while all slots are busy waits with its clock running. Knows what of that
// wait is the server's queue and what is the generator's own lag. One per worker, on its thread.
#pragma once

#include <boost/circular_buffer.hpp>

#include "loadgen/backlog.hpp"
#include "loadgen/connection.hpp"
#include "loadgen/ledger.hpp"
#include "loadgen/loop.hpp"
#include "loadgen/plan.hpp"

namespace loadgen {

class dispatcher {
public:
    dispatcher(loop& events, const plan& asked, schedule& arrivals, std::size_t slots, ledger& accounts);

    frame_pool& frames() { return loop_.frames(); }

    // Hands out every request of the schedule when it is due; ends with the schedule, or when stopped.
    task<> run(clock::time_point start);
    void stop();
    bool has_ended() const { return has_ended_; }

    // A request that waits, and how its wait is told; `lost` is what the thread had lost when it began to
    // wait.
    struct turn {
        planned request;
        nanoseconds queue, lag, lost;
    };
    bool has_waiting() const { return backlog_.size() > 0; }
    turn take(nanoseconds free_since);  // the oldest, by a slot that is free since; there must be one

    // To be awaited by a slot for which none waits: until there may be one again.
    auto idle(parking& slot) {
        idle_.push_back(&slot);
        return slot.until_resumed();
    }

private:
    void hand_out(nanoseconds due, nanoseconds now);
    void resume_longest_idle();

    loop& loop_;
    schedule& arrivals_;
    nanoseconds alert_;
    backlog backlog_;
    boost::circular_buffer<parking*> idle_;  // longest idle first, so that none is forgotten
    ledger& ledger_;
    timer timer_;
    nanoseconds late_{0};         // the most that those in the backlog may wait because of late hand-outs
    nanoseconds lost_before_{0};  // when the backlog was last empty and nothing late
    bool has_ended_ = false;
    bool stopping_ = false;
};

}  // namespace loadgen
