// A hundred times, or as often as is asked for: the ranks meet and agree on an instant. Each prints that
// instant by the clock that it truly has, in ns, a line each: START RANK INSTANT. With LOADGEN_CLOCKS ranks
// on one machine have clocks that are wrong, and their true one tells how well they agreed in spite of it.
// Rank 0 then prints what it takes for each rank's clock, by the measurements before and after: CLOCK START
// RANK OFFSET UNCERTAINTY.
#include <cstdlib>

#include <fmt/core.h>

#include "loadgen/fleet.hpp"
#include "loadgen/process.hpp"

int main(int argc, char** argv) {
    using namespace std::chrono_literals;
    const int starts = argc > 1 ? std::atoi(argv[1]) : 100;
    const auto ranks = loadgen::join_fleet();
    const auto goes_on = [] { return true; };
    loadgen::make_timers_exact();
    for (int start = 0; start < starts; ++start) {
        ranks->meet(true, goes_on);
        const auto instant = *ranks->agree(1ms, goes_on);
        ranks->meet(true, goes_on);
        loadgen::measurement own{.record = loadgen::recorder(1, 0, 1s)};
        own.ranks.resize(1);
        own.ranks[0].rank = ranks->rank();
        const auto whole = ranks->add_up(own, goes_on);
        fmt::print("START {} {} {}\n", start, ranks->rank(), instant.time_since_epoch().count());
        if (!whole) continue;
        for (const auto& f : whole->ranks)
            fmt::print("CLOCK {} {} {} {}\n", start, f.rank, f.clock.offset.count(),
                       f.clock.uncertainty.count());
    }
    ranks->meet(true, goes_on);
    return ranks->leave(0, true);
}
