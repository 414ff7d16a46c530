// A connection slot of a worker: the connection, and where its coroutine waits between requests.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>

#include "loadgen/connection.hpp"
#include "loadgen/parking.hpp"
#include "loadgen/recorder.hpp"

namespace loadgen {

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

}  // namespace loadgen
