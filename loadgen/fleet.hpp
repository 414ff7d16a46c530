// The generators that make one run together, each a rank. What they do together is these three things, and
// nothing else in here knows of ranks but the plan, which has the numbers: meet, agree on an instant, add up.
// This is the fleet of one, whose every step is at once; `fleet/mpi_fleet` is that of an MPI job.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "loadgen/measurement.hpp"

namespace loadgen {

// The ranks have met, and another one had a reason not to go on, which it tells itself.
struct called_off : std::runtime_error {
    called_off() : std::runtime_error("another rank could not go on") {}
};

class fleet {
public:
    // Asked again and again while others are waited for: whether to go on waiting.
    using patience = std::function<bool()>;

    fleet() = default;
    fleet(const fleet&) = delete;
    fleet& operator=(const fleet&) = delete;
    virtual ~fleet() = default;

    unsigned rank() const { return rank_; }
    unsigned ranks() const { return static_cast<unsigned>(hosts_.size()); }
    const std::vector<std::string>& hosts() const { return hosts_; }  // by rank
    const std::string& run() const { return run_; }                   // made up anew for each

    // Waits until all are here: whether all are well. False too where it was not waited for to the end.
    virtual bool meet(bool is_well, const patience&) { return is_well; }
    // Of those who were not well the first: all may have made the same mistake, and one of them tells it.
    virtual bool speaks() const { return true; }

    // After they have met: an instant by this rank's clock, the same on all, and at least `lead` ahead. None
    // where it was not waited for to the end.
    virtual std::optional<clock::time_point> agree(nanoseconds lead, const patience&) {
        return clock::now() + lead;
    }

    // After they have met at the run's end: on rank 0 what all have measured, on the others nothing; nothing
    // either where it was not waited for to the end. They meet once more after that.
    virtual std::optional<measurement> add_up(measurement own, const patience&) { return own; }

    // What `main` returns. Where others still wait for this rank it ends them all instead; where it may not
    // speak to anybody any more, because they are ended already, only this one.
    virtual int leave(int code, bool /*may_speak*/) { return code; }

protected:
    fleet(unsigned rank, std::vector<std::string> hosts, std::string run)
        : rank_(rank), hosts_(std::move(hosts)), run_(std::move(run)) {}

    unsigned rank_ = 0;
    std::vector<std::string> hosts_{""};
    std::string run_;
};

// "rank 3 (host)"; of a fleet of one there is none.
inline std::string name_of(const fleet& ranks) {
    if (ranks.ranks() == 1) return {};
    return "rank " + std::to_string(ranks.rank()) + " (" + ranks.hosts()[ranks.rank()] + ")";
}

// That of this program.
std::unique_ptr<fleet> join_fleet();

}  // namespace loadgen
