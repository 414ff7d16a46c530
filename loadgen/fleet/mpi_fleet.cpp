// The ranks of an MPI job. Plain MPI-3 calls, of the main thread alone, and none while this rank's load runs:
// what others do may then end this one only by a signal. Whoever waits polls with MPI_Iprobe and sleeps in
// between: in a collective, or in MPI_Recv, Open MPI spins, on a core that somebody's load wants. The
// reductions come when all have met after the load.
#include "loadgen/fleet/mpi_fleet.hpp"

#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "loadgen/fleet/part.hpp"
#include "loadgen/fleet/tally.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// Echoes with each rank: as many as this, and on where the clocks are not known well yet, as between machines
// whose cores are all wanted; but no longer than the last.
constexpr int echoes = 200;
constexpr nanoseconds well_known = 20us, longest_echoes = 200ms;
constexpr std::int64_t no_more_echoes = -1;
// Ahead of the instant, for each rank must hear of it in time: they are told one by one, and sleep meanwhile.
constexpr nanoseconds lead_at_least = 20ms, lead_of_a_rank = 100us;

}  // namespace

// One word, when it has come.
std::optional<std::int64_t> mpi_fleet::receive(int from, tag kind, const patience& goes_on,
                                               nanoseconds rest) {
    for (std::uint64_t looks = 0;; ++looks) {
        int is_there = 0;
        MPI_Status status;
        MPI_Iprobe(from, kind, MPI_COMM_WORLD, &is_there, &status);
        if (is_there != 0) {
            std::int64_t word = 0;
            MPI_Recv(&word, 1, MPI_INT64_T, status.MPI_SOURCE, kind, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            return word;
        }
        if (rest > 0ns)
            std::this_thread::sleep_for(rest);
        else
            ::sched_yield();
        if ((rest > 0ns || looks % 256 == 0) && !goes_on()) return std::nullopt;
    }
}

// So little is on its way at once, whether or not it is received already.
void mpi_fleet::send(unsigned to, tag kind, std::int64_t word) {
    MPI_Send(&word, 1, MPI_INT64_T, static_cast<int>(to), kind, MPI_COMM_WORLD);
}

bool mpi_fleet::meet(bool is_well, const patience& goes_on) {
    auto first = is_well ? all_well : std::int64_t{rank()};
    if (rank() == 0) {
        for (unsigned others = 1; others < ranks(); ++others) {
            const auto told = receive(MPI_ANY_SOURCE, here, goes_on);
            if (!told) return false;
            first = std::min(first, *told);
        }
        for (unsigned other = 1; other < ranks(); ++other) send(other, go, first);
    } else {
        send(0, here, first);
        const auto told = receive(0, go, goes_on);
        if (!told) return false;
        first = *told;
    }
    first_unwell_ = first;
    is_over_ = has_added_up_ || first != all_well;
    return first == all_well;
}

std::optional<clock::time_point> mpi_fleet::agree(nanoseconds lead, const patience& goes_on) {
    before_.assign(ranks(), clock_offset());
    if (!compare_clocks(before_, goes_on)) return std::nullopt;
    if (rank() > 0) {
        const auto told = receive(0, instant, goes_on);
        if (!told) return std::nullopt;
        return clock_.when(nanoseconds(*told));
    }
    instant_ = now() + std::max<nanoseconds>(lead, lead_at_least + ranks() * lead_of_a_rank);
    for (unsigned other = 1; other < ranks(); ++other)
        send(other, instant, (instant_ + before_[other].value()).count());
    return clock_.when(instant_);
}

bool mpi_fleet::compare_clocks(std::vector<clock_offset>& offsets, const patience& goes_on) {
    if (rank() > 0) return answer_echoes(goes_on);
    for (unsigned other = 1; other < ranks(); ++other)
        if (!exchange_echoes(other, offsets[other], goes_on)) return false;
    return true;
}

bool mpi_fleet::exchange_echoes(unsigned with, clock_offset& offset, const patience& goes_on) {
    // The first wakes it, and is answered late: that it is awake is worth its time.
    const auto begun = clock::now();
    for (int i = 0;
         i < echoes || (offset.uncertainty() > well_known && clock::now() - begun < longest_echoes); ++i) {
        const auto asked = now();
        send(with, ping, 0);
        const auto theirs = receive(static_cast<int>(with), pong, goes_on, 0ns);
        if (!theirs) return false;
        offset.add_echo(asked, nanoseconds(*theirs), now());
    }
    send(with, ping, no_more_echoes);
    return true;
}

bool mpi_fleet::answer_echoes(const patience& goes_on) {
    for (auto rest = pause;; rest = 0ns) {
        const auto told = receive(0, ping, goes_on, rest);
        if (!told) return false;
        if (*told == no_more_echoes) return true;
        send(0, pong, now().count());
    }
}

std::optional<measurement> mpi_fleet::add_up(measurement own, const patience& goes_on) {
    std::vector<clock_offset> after(ranks());
    // Whose clock is compared already sleeps until the last one's is: in a collective it would want a core.
    if (!compare_clocks(after, goes_on) || !meet(true, goes_on)) return std::nullopt;
    word_writer facts;
    facts(own.ranks.front());
    const auto all_facts = gather(facts.take());
    const auto samples = gather(samples_of(own));
    auto rows = gather_rows(own.record.rows());
    reduce(own.record);
    has_added_up_ = true;
    if (rank() > 0) return std::nullopt;
    std::vector<rank_facts> all(ranks());
    for (unsigned r = 0; r < ranks(); ++r) {
        word_reader from(all_facts[r]);
        from(all[r]);
        set_clock(all[r], after[r]);
    }
    own.record.take_rows(std::move(rows));
    return joined(std::move(own.record), std::move(all), samples);
}

// Its start was at `instant_` plus the offset measured before. By both measurements the offset then was
// another.
void mpi_fleet::set_clock(rank_facts& facts, const clock_offset& after) const {
    facts.has_clock = true;
    if (facts.rank == 0) return;
    const auto& before = before_[facts.rank];
    facts.clock.offset = between(before, after, instant_);
    facts.clock.uncertainty = std::max(before.uncertainty(), after.uncertainty());
    facts.clock.start_skew = before.value() - facts.clock.offset;
    facts.clock.drift_ppm = drift_ppm(before, after);
}

// First all lists are made as long as the longest.
void mpi_fleet::reduce(recorder& record) {
    auto shape = shape_of(record);
    MPI_Allreduce(MPI_IN_PLACE, shape.data(), static_cast<int>(shape.size()), MPI_INT64_T, MPI_MAX,
                  MPI_COMM_WORLD);
    fit(record, shape);
    auto numbers = tally_of(record);
    const auto add = [&](auto& list, MPI_Datatype type, MPI_Op operation) {
        const bool is_root = rank() == 0;
        MPI_Reduce(is_root ? MPI_IN_PLACE : list.data(), list.data(), static_cast<int>(list.size()), type,
                   operation, 0, MPI_COMM_WORLD);
    };
    add(numbers.sums, MPI_UINT64_T, MPI_SUM);
    add(numbers.most, MPI_INT64_T, MPI_MAX);
    if (rank() == 0) put_back(numbers, record);
}

std::vector<words> mpi_fleet::gather(const words& own) {
    const auto size = static_cast<int>(own.size());
    std::vector<int> sizes(ranks()), places(ranks());
    MPI_Gather(&size, 1, MPI_INT, sizes.data(), 1, MPI_INT, 0, MPI_COMM_WORLD);
    for (std::size_t i = 1; i < places.size(); ++i) places[i] = places[i - 1] + sizes[i - 1];
    words all(static_cast<std::size_t>(places.back() + sizes.back()));
    MPI_Gatherv(own.data(), size, MPI_INT64_T, all.data(), sizes.data(), places.data(), MPI_INT64_T, 0,
                MPI_COMM_WORLD);
    std::vector<words> each;
    for (std::size_t i = 0; i < places.size(); ++i)
        each.emplace_back(all.begin() + places[i], all.begin() + places[i] + sizes[i]);
    return each;
}

// Counted in rows, as there may be more words than an int can tell.
std::vector<exchange> mpi_fleet::gather_rows(const std::vector<exchange>& own) {
    MPI_Datatype row;
    MPI_Type_contiguous(static_cast<int>(words_of_a_row), MPI_INT64_T, &row);
    MPI_Type_commit(&row);
    const auto size = static_cast<int>(own.size());
    std::vector<int> sizes(ranks()), places(ranks());
    MPI_Gather(&size, 1, MPI_INT, sizes.data(), 1, MPI_INT, 0, MPI_COMM_WORLD);
    for (std::size_t i = 1; i < places.size(); ++i) places[i] = places[i - 1] + sizes[i - 1];
    words all(static_cast<std::size_t>(places.back() + sizes.back()) * words_of_a_row);
    const auto sent = words_of(own);
    MPI_Gatherv(sent.data(), size, row, all.data(), sizes.data(), places.data(), row, 0, MPI_COMM_WORLD);
    MPI_Type_free(&row);
    return rows_of(all);
}

// All have met for the last time. MPI_Finalize of MPICH 4.0 over UCX and TCP may wait for ever: some ranks
// wait for others to close their connections, who wait already for all to have done so and answer no more. So
// it is left out there, when what this rank has said last has had time to be on its way.
bool mpi_fleet::ends_without_finalize() const {
#ifdef MPICH_VERSION
    if (ranks() == 1) return false;
    const auto until = clock::now() + 50ms;
    receive(MPI_ANY_SOURCE, no_tag, [until] { return clock::now() < until; });
    return say_farewell_to_launcher();
#else
    return false;
#endif
}

int mpi_fleet::leave(int code, bool may_speak) {
    std::fflush(nullptr);
    if (!may_speak) std::_Exit(code);
    if (is_over_ && ends_without_finalize()) std::_Exit(code);
    if (is_over_ || ranks() == 1)
        MPI_Finalize();
    else
        MPI_Abort(MPI_COMM_WORLD, code);
    return code;
}

}  // namespace loadgen
