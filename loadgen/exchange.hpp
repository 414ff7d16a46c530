// One request and what became of it: the record that the connection fills in and the recorder keeps.
// Latency is never stored: it is the sum of its parts, so the parts cannot disagree with it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "loadgen/outcome.hpp"
#include "loadgen/shortage.hpp"

namespace loadgen {

using clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

struct exchange {
    std::uint64_t request = 0;        // index in the schedule
    std::uint16_t request_class = 0;  // index in the mix
    std::uint32_t connection = 0;     // index of the connection slot
    nanoseconds due{0};               // since the run's start
    nanoseconds queue{0};             // from due until a connection slot was free
    // Tries that were given up, from the first one's connect on; the other parts but lag are the last one's.
    nanoseconds earlier{0};
    std::uint16_t retries = 0;  // tries beyond the first
    nanoseconds connect{0};     // opening the connection, where the request needed a new one
    nanoseconds tls{0};         // and its handshake, where it has TLS
    bool is_resumed = false;    // which took up a session of before
    // The generator's own delay until the request was on the wire: handing it out late, the queue that formed
    // because others were handed out late, and what passed before the slot had sent it.
    nanoseconds lag{0};
    nanoseconds service{0};  // from sent until the kernel had the reply's last byte, or to the failure
    nanoseconds read{0};     // from then until the generator had it: its own too, and no part of the latency
    bool by_kernel = false;  // done by the kernel's stamp; otherwise when it was read
    // From sent to the reply's first byte; negative: none came. No later than it says: bytes that are read
    // together have one stamp, the last one's.
    nanoseconds first_byte{-1};
    // At most this much of the latency may be the generator's doing: in an open loop lag, in any loop the
    // time in which the thread was not run (pulse::lost) while the request was open.
    nanoseconds own{0};
    outcome result = outcome::unfinished;
    shortage lacked = shortage::none;  // what the generator ran out of, so that it was not sent
    bool was_due = true;               // false: the run ended before; it has no times
    std::uint16_t status = 0;          // HTTP status; 0: no status line was read
    std::uint64_t reply_bytes = 0;     // header and body

    nanoseconds latency() const { return queue + earlier + connect + tls + lag + service; }
    nanoseconds done() const { return due + latency(); }
    nanoseconds was_read() const { return done() + read; }
    // It is given up and asked again: what was waited until now is in its latency all the same.
    void try_again() {
        earlier += connect + tls + service;
        ++retries;
        connect = tls = service = read = nanoseconds(0);
        first_byte = nanoseconds(-1);
        is_resumed = by_kernel = false;
        result = outcome::unfinished;
        status = 0;
        reply_bytes = 0;
    }
    // The part of it that lag does not explain was lost while it waited for its reply.
    nanoseconds own_service() const { return std::clamp(own - lag, nanoseconds(0), service); }
};

}  // namespace loadgen
