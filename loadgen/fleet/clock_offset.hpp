// How far another clock is from ours, with its error: what echoes tell, and the line between two of such
// measurements. Pure: readings in, intervals out.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include "loadgen/exchange.hpp"

namespace loadgen {

// Theirs less ours lies between the two, wherever the clocks kept their distance while it was measured.
class clock_offset {
public:
    // We asked, they read their clock, we had the answer: they read it between our two readings, so each echo
    // gives an interval, and the offset is in all of them. The fastest way there bounds it from one side, the
    // fastest way back from the other (Cristian, Probabilistic clock synchronization, 1989; their
    // intersection: Marzullo, 1984). What a way takes at least, and which of the two is longer, nobody can
    // tell: half of it is the uncertainty.
    void add_echo(nanoseconds asked, nanoseconds theirs, nanoseconds answered) {
        low_ = std::max(low_, theirs - answered);
        high_ = std::min(high_, theirs - asked);
        at_ = answered;
    }

    nanoseconds at() const { return at_; }  // by our clock
    nanoseconds value() const { return low_ + (high_ - low_) / 2; }
    // Of a clock that jumped meanwhile the intervals do not meet: by as much it is uncertain.
    nanoseconds uncertainty() const { return std::chrono::abs(high_ - low_) / 2; }

private:
    nanoseconds low_ = nanoseconds::min() / 4, high_ = nanoseconds::max() / 4, at_{0};
};

// The offset at a time between two measurements, by our clock: clocks drift, and in the run's seconds evenly.
nanoseconds between(const clock_offset& before, const clock_offset& after, nanoseconds at);
double drift_ppm(const clock_offset& before, const clock_offset& after);

// What the ranks take for their clock. Tests make one of it that is wrong: ranks on one machine share theirs.
class fleet_clock {
public:
    fleet_clock() = default;
    fleet_clock(nanoseconds offset, double drift_ppm, clock::time_point since)
        : offset_(offset), drift_(drift_ppm / 1e6), since_(since) {}

    nanoseconds reading(clock::time_point at) const;
    clock::time_point when(nanoseconds reading) const;  // its inverse

private:
    nanoseconds offset_{0};
    double drift_ = 0;
    clock::time_point since_{};
};

// That of a rank in a list as "0,500ms,-1s@20": an offset, and after @ a drift in ppm, for rank 0, 1, ...; of
// those beyond its end the clock is right. Nothing where it cannot be read.
std::optional<fleet_clock> clock_in(std::string_view list, unsigned rank, clock::time_point since);

}  // namespace loadgen
