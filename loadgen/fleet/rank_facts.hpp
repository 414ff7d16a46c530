// What is known of one rank of a fleet beside what it has recorded: a row of ranks.csv is made of it, and
// what the summary says of it by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "loadgen/exchange.hpp"
#include "loadgen/process.hpp"

namespace loadgen {

// Its clock beside that of rank 0, as the echoes before and after the run have it.
struct clock_facts {
    nanoseconds offset{0};       // at the start: its clock less that of rank 0
    nanoseconds uncertainty{0};  // the larger of the two measurements'
    nanoseconds start_skew{0};   // its start less the agreed instant, going by both measurements
    double drift_ppm = 0;
};

struct rank_facts {
    unsigned rank = 0;
    std::string host;
    bool is_lost = false;  // it is not known how it fared: what follows is empty
    std::uint64_t requests = 0, ok = 0;
    nanoseconds length{0}, last_ended{0}, generator_cpu{0}, server_lost_for{0};
    utilisation used{};
    double lost_mean = 0, lost_most = 0, stolen = 0;
    bool was_interrupted = false, gave_up = false;
    std::string fault;
    std::string reasons;  // why what it measured is invalid; empty: it is valid
    bool client_bound = false, generator_bound = false, saturated = false;
    bool has_begun = false;
    nanoseconds first_sent_late{0};  // its first request, where it has begun one: begun less due
    nanoseconds started{0};          // its start by the clock that it took for its own
    nanoseconds last_slot{0}, last_slot_generator{0}, last_slot_connect{0};  // as recorder::slot_reached
    bool has_clock = false;                                                  // otherwise these are not known
    clock_facts clock{};

    std::string name() const { return "rank " + std::to_string(rank) + " (" + host + ")"; }
};

template <class Fields>
void fields_of(clock_facts& f, Fields& fields) {
    fields(f.offset, f.uncertainty, f.start_skew, f.drift_ppm);
}

template <class Fields>
void fields_of(rank_facts& f, Fields& fields) {
    fields(f.rank, f.host, f.is_lost, f.requests, f.ok, f.length, f.last_ended, f.generator_cpu,
           f.server_lost_for, f.used.running, f.used.waiting, f.used.absent, f.lost_mean, f.lost_most,
           f.stolen, f.was_interrupted, f.gave_up, f.fault, f.reasons, f.client_bound, f.generator_bound,
           f.saturated, f.has_begun, f.first_sent_late, f.started, f.last_slot, f.last_slot_generator,
           f.last_slot_connect, f.has_clock, f.clock);
}

}  // namespace loadgen
