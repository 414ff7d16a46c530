// The requests of an open loop that are due and wait for a slot: which is the oldest, and when it was handed
// out, since what the generator hands out late is its own lag and not the server's queue. Takes no memory for
// a request: the schedule is read a second time, behind; what is handed out within a tenth of a millisecond
// counts as one burst.
#pragma once

#include <cstdint>

#include <boost/circular_buffer.hpp>

#include "loadgen/exchange.hpp"
#include "loadgen/schedule.hpp"

namespace loadgen {

class backlog {
public:
    struct waiting {
        planned request;
        nanoseconds handed_out;  // since the run's start, like due
    };

    explicit backlog(schedule behind);

    std::uint64_t size() const { return size_; }
    void add(nanoseconds handed_out);
    waiting take();  // the oldest; there must be one
    schedule& rest() { return behind_; }

private:
    struct burst {
        nanoseconds handed_out;
        std::uint64_t requests;
    };

    schedule behind_;
    std::uint64_t size_ = 0;
    boost::circular_buffer<burst> bursts_;
};

}  // namespace loadgen
