// Two servers in one process, in turn: connections to both stay open, one of them is loaded at a time, in
// slices so short that the machine does not change between one and the next. What a slice does is `run`; here
// is which is whose turn, what is added up, and when it ends.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "loadgen/fours.hpp"
#include "loadgen/interrupts.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/slice_sum.hpp"

namespace loadgen {

struct duel_plan {
    std::array<plan, sides> of_side;  // each as for a run; their time and seed are the duel's to set
    nanoseconds length = std::chrono::seconds(1);          // that the slices take together, about
    nanoseconds slice = std::chrono::milliseconds(50);     // at least
    nanoseconds warm_up = std::chrono::milliseconds(250);  // of each side, uncounted; may be zero
    std::uint64_t seed = 1;
};

struct slice {
    std::uint64_t number = 0, four = 0, position = 0;  // counted from 1
    four_order order = four_order::abba;
    bool used = false;  // its four is whole, and all of it valid
    summary run;
};

// A four is used when it is whole and each of its slices valid: else what it compares would be lopsided.
bool is_usable(std::span<const slice> four);

struct duel_result {
    std::array<summary, sides> of_side;     // of the slices that were used; of all, where none was
    std::array<slice_sum, sides> measured;  // what these are made of
    std::vector<slice> slices;
    std::size_t fours = 0, fours_used = 0;  // planned; used
    nanoseconds slice_length{0};
    std::optional<std::size_t> lost_side;  // the one that could not be loaded any more
    std::string lost_reason;
    bool was_interrupted = false;
};

// Throws std::runtime_error when the generator itself cannot go on. A server that is not there, or ceases to
// be, ends the duel: it has what there is until then.
duel_result run_duel(const duel_plan& asked, const run_keys& keys, interrupts& from_outside);

// What `loadgen` exits with: 130 interrupted; 4 a side was lost, or has not one request that ended `ok`; 3
// invalid, where `strict`; 0 otherwise.
int exit_code_of(const duel_result& duel, bool strict);

std::string lost_text(const duel_result& duel);  // which side that was, and why
std::string text_of(const duel_result& duel);    // both sides beside each other, for a terminal

}  // namespace loadgen
