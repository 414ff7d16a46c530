// What one rank of a fleet has measured, complete: what it sends to rank 0 when all went well, and leaves in
// a file before it says a word to anybody, so that the end of another rank takes nothing with it. Parts add
// up to the measurement of the whole run (`joined`), be they sent or read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "loadgen/fleet.hpp"
#include "loadgen/fleet/words.hpp"
#include "loadgen/measurement.hpp"
#include "loadgen/plan.hpp"

namespace loadgen {

// Which run a part is of: all parts of a run agree in this.
struct part_of_run {
    std::string run;                   // made up by rank 0
    std::vector<std::string> command;  // the arguments, the program's name left out
    std::vector<std::string> hosts;    // by rank
    std::uint64_t classes = 1;         // of requests

    bool operator==(const part_of_run&) const = default;
};

struct part {
    part_of_run of;
    measurement measured;  // with the facts of its one rank
};

// What is known of a rank after its load has ended. `measured.ranks` is not looked at.
rank_facts facts_of(const plan& asked, const std::string& host, const measurement& measured);

// What of a measurement is neither in its recorder nor in the facts of its rank.
words samples_of(const measurement& measured);
void put_samples(const words& samples, measurement& to);

// `parts/rank-3.words` in the folder of --output.
std::filesystem::path path_of_part(const std::filesystem::path& folder, unsigned rank);
std::string bytes_of(part one);
// Throws std::runtime_error, which says what is wrong with it.
part part_in(const std::string& bytes);

// The measurement of a whole run: `record` has all ranks' requests, `ranks` their facts, in order and of
// those that are lost too, `samples` those of each rank that is there.
measurement joined(recorder record, std::vector<rank_facts> ranks, const std::vector<words>& samples);

// The plan of the whole run, as one generator with all the threads would have it.
plan whole_of(plan asked);

}  // namespace loadgen
