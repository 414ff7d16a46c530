// When requests are due. Pure: no clock, only offsets from the run's start.
// Closed loop: a request is due when its slot is free, so the schedule only counts. Open loop: constant or
// Poisson arrivals at a rate that may change, or instants that are given; one global sequence that depends on
// these and the seed alone, of which each of the T threads, of all ranks, takes every T-th request.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "loadgen/pace.hpp"

namespace loadgen {

enum class arrivals : std::uint8_t { closed, constant, poisson, replayed };

using instants = std::vector<std::chrono::nanoseconds>;  // since the run's start, never falling

struct load {
    loadgen::arrivals arrivals = loadgen::arrivals::closed;
    pace rate{};                                       // open loop only
    std::optional<std::uint64_t> requests;             // a fixed count, or ...
    std::optional<std::chrono::nanoseconds> duration;  // ... requests due before this
    std::uint64_t seed = 1;
    std::shared_ptr<const instants> replay{};  // of `replayed`, whose rate is the mean

    // How many requests of an open loop are due before then.
    double due_by(std::chrono::nanoseconds at) const;
};

struct planned {
    std::uint64_t request;         // index in the global sequence
    std::chrono::nanoseconds due;  // since the run's start; zero in a closed loop, where the slot knows
};

// One thread's share of the sequence, taken in order. Copying it gives an independent reader at the same
// place.
class schedule {
public:
    schedule(const load& what, unsigned thread, unsigned threads);

    // The next request of this share, without taking it; empty when the schedule has ended. In a closed loop
    // with a duration it never ends by itself: the runner stops at the duration.
    std::optional<planned> peek() const;
    void take();

private:
    void advance();

    load load_;
    unsigned threads_;
    std::uint64_t next_;
    std::uint64_t generated_ = 0;  // arrivals drawn so far, of all threads
    double drawn_ = 0;             // how many should be due when the last of them is
    double due_s_ = 0;
    std::mt19937_64 random_;
};

}  // namespace loadgen
