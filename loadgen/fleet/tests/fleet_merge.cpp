// What adding up many ranks takes, with ranks that are made up, in one process: fleet_merge [RANKS]
// [REQUESTS] [ROWS]. Each rank has its own requests and rows; those of one are made, added to the sum and
// forgotten, as rank 0 of an MPI job never has them all at once but for the rows. A reduction over a network
// takes log2(ranks) such additions one after the other, and as many messages of the size that is printed.
#include <sys/resource.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include <fmt/core.h>

#include "loadgen/csv_files.hpp"
#include "loadgen/fleet/part.hpp"
#include "loadgen/fleet/tally.hpp"
#include "loadgen/summary.hpp"

namespace {

using loadgen::nanoseconds;

double ms_since(loadgen::clock::time_point begun) {
    return std::chrono::duration<double, std::milli>(loadgen::clock::now() - begun).count();
}

loadgen::measurement made_up(std::uint64_t requests, std::uint64_t rows, unsigned rank, unsigned ranks) {
    loadgen::measurement m{.record = loadgen::recorder(1, rows, std::chrono::minutes(1))};
    std::mt19937_64 random(rank);
    std::lognormal_distribution<double> service(std::log(1e6), 1);  // a median of 1 ms, in ns
    for (std::uint64_t i = 0; i < requests; ++i) {
        loadgen::exchange x;
        x.request = rank + i * ranks;
        x.due = std::chrono::minutes(1) * i / requests;
        x.lag = nanoseconds(20'000);
        x.service = nanoseconds(std::llround(service(random)));
        x.result = loadgen::outcome::ok;
        m.record.started(x.due);
        m.record.finished(x);
    }
    m.length = m.last_ended = std::chrono::minutes(1);
    return m;
}

}  // namespace

int main(int argc, char** argv) {
    const auto argument = [&](int at, unsigned long otherwise) {
        return argc > at ? std::strtoul(argv[at], nullptr, 10) : otherwise;
    };
    const auto ranks = static_cast<unsigned>(argument(1, 1000));
    const auto requests = argument(2, 10'000), rows_of_all = argument(3, 100'000);
    loadgen::plan asked;
    asked.classes.push_back({"all", 1, "/", {}});
    asked.load.duration = std::chrono::minutes(1);
    asked.ranks = ranks;
    asked.rows_cap = rows_of_all;
    std::vector<loadgen::rank_facts> facts;
    std::vector<loadgen::exchange> rows;
    double adding_ms = 0, rows_ms = 0;
    std::size_t bytes = 0;
    loadgen::recorder whole(1, 0, std::chrono::minutes(1));
    for (unsigned rank = 0; rank < ranks; ++rank) {
        auto one = made_up(requests, rows_of_all / ranks, rank, ranks);
        asked.rank = rank;
        facts.push_back(facts_of(asked, "host", one));
        const auto begun = loadgen::clock::now();
        const auto own = loadgen::words_of(one.record.rows());
        const auto decoded = loadgen::rows_of(own);
        rows.insert(rows.end(), decoded.begin(), decoded.end());
        rows_ms += ms_since(begun);
        const auto adding = loadgen::clock::now();
        const auto numbers = tally_of(one.record);
        bytes = std::max(bytes, (numbers.sums.size() + numbers.most.size()) * sizeof(std::int64_t));
        whole.merge(one.record);
        adding_ms += ms_since(adding);
    }
    const auto begun = loadgen::clock::now();
    whole.take_rows(std::move(rows));
    const auto joined = loadgen::joined(std::move(whole), std::move(facts), {});
    const auto run = summarise(loadgen::whole_of(asked), {}, {}, joined);
    const auto files = latency_text(std::array{loadgen::written_run{run, &joined.record}}) +
                       loadgen::requests_text({run, &joined.record}) + ranks_csv_text(run) +
                       throughput_text(run, joined);
    const auto writing_ms = ms_since(begun);
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    fmt::print(
        "{} ranks of {} requests, {} rows\n"
        "numbers      {:.1f} KiB of each, {:.3f} ms to add one rank's; a reduction has {:.0f} such steps in "
        "a row\n"
        "rows         {:.1f} ms for all\n"
        "sum, texts   {:.1f} ms, {:.1f} MiB\n"
        "memory       {:.1f} MiB at most\n",
        ranks, requests, joined.record.rows().size(), static_cast<double>(bytes) / 1024, adding_ms / ranks,
        std::ceil(std::log2(ranks)), rows_ms, writing_ms, static_cast<double>(files.size()) / 1048576,
        static_cast<double>(used.ru_maxrss) / 1024);
    return joined.record.requests() != ranks * requests;
}
