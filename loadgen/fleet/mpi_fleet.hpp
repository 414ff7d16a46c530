// The ranks of an MPI job: see mpi_fleet.cpp.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "loadgen/fleet.hpp"
#include "loadgen/fleet/clock_offset.hpp"
#include "loadgen/fleet/words.hpp"

namespace loadgen {

class mpi_fleet : public fleet {
public:
    mpi_fleet(unsigned rank, std::vector<std::string> hosts, std::string run, fleet_clock own)
        : fleet(rank, std::move(hosts), std::move(run)), clock_(own), before_(ranks()) {}

    bool meet(bool is_well, const patience& goes_on) override;
    bool speaks() const override { return first_unwell_ == all_well || first_unwell_ == rank(); }
    std::optional<clock::time_point> agree(nanoseconds lead, const patience& goes_on) override;
    std::optional<measurement> add_up(measurement own, const patience& goes_on) override;
    int leave(int code, bool may_speak) override;

private:
    enum tag : int { here = 1, go, ping, pong, instant, no_tag };
    static constexpr std::int64_t all_well = std::numeric_limits<std::int64_t>::max();
    static constexpr nanoseconds pause = std::chrono::milliseconds(1);

    static std::optional<std::int64_t> receive(int from, tag kind, const patience& goes_on,
                                               nanoseconds rest = pause);
    static void send(unsigned to, tag kind, std::int64_t word);
    bool compare_clocks(std::vector<clock_offset>& offsets, const patience& goes_on);
    bool exchange_echoes(unsigned with, clock_offset& offset, const patience& goes_on);
    bool answer_echoes(const patience& goes_on);
    bool ends_without_finalize() const;
    nanoseconds now() const { return clock_.reading(clock::now()); }
    void reduce(recorder& record);
    std::vector<words> gather(const words& own);
    std::vector<exchange> gather_rows(const std::vector<exchange>& own);
    void set_clock(rank_facts& facts, const clock_offset& after) const;

    fleet_clock clock_;
    std::vector<clock_offset> before_;  // on rank 0, of each
    nanoseconds instant_{0};            // by the clock of rank 0
    std::int64_t first_unwell_ = all_well;
    bool has_added_up_ = false, is_over_ = false;
};

// Of MPICH's launcher, which otherwise takes the end of a rank for its failure: whether it was told.
bool say_farewell_to_launcher();

}  // namespace loadgen
