// What ranks do together, without a rank: shares of a schedule, clocks, parts and their sum.
#include "loadgen/fleet.hpp"

#include <gtest/gtest.h>

#include "loadgen/csv_files.hpp"
#include "loadgen/fleet/clock_offset.hpp"
#include "loadgen/fleet/part.hpp"
#include "loadgen/fleet/tally.hpp"
#include "loadgen/schedule.hpp"
#include "loadgen/tests/made_up.hpp"
#include "loadgen/verdict.hpp"

namespace loadgen::tests {
namespace {

using namespace std::chrono_literals;

std::vector<planned> taken(schedule from) {
    std::vector<planned> all;
    for (auto next = from.peek(); next; from.take(), next = from.peek()) all.push_back(*next);
    return all;
}

TEST(fleet, the_ranks_and_their_threads_have_the_schedule_of_one) {
    for (const auto kind : {arrivals::constant, arrivals::poisson}) {
        load asked;
        asked.arrivals = kind;
        asked.rate = 997;
        asked.duration = 1s;
        const auto one = taken(schedule(asked, 0, 1));
        std::vector<planned> of_all(one.size(), {0, -1ns});
        plan what;
        what.threads = 2;
        what.ranks = 4;
        for (what.rank = 0; what.rank < what.ranks; ++what.rank)
            for (unsigned thread = 0; thread < what.threads; ++thread)
                for (const auto& next : taken(schedule(asked, what.number_of(thread), what.all_threads())))
                    of_all.at(next.request) = next;
        ASSERT_GT(one.size(), 900U);
        for (std::size_t i = 0; i < one.size(); ++i) {
            EXPECT_EQ(of_all[i].request, i);
            EXPECT_EQ(of_all[i].due, one[i].due);
        }
    }
}

TEST(fleet, an_offset_lies_between_the_echoes_that_bound_it) {
    clock_offset offset;
    offset.add_echo(1000ns, 501'500ns, 3000ns);  // there within 500 ns, back after 1500
    EXPECT_EQ(offset.value(), 499'500ns);
    EXPECT_EQ(offset.uncertainty(), 1000ns);
    offset.add_echo(10'000ns, 512'900ns, 13'000ns);  // slow there, fast back
    EXPECT_EQ(offset.value(), 500'200ns);
    EXPECT_EQ(offset.uncertainty(), 300ns);
}

TEST(fleet, between_two_measurements_a_clock_drifts_evenly) {
    clock_offset before, after;
    before.add_echo(0ns, 100ns, 0ns);
    after.add_echo(1'000'000ns, 1'000'300ns, 1'000'000ns);
    EXPECT_EQ(between(before, after, 500'000ns), 200ns);
    EXPECT_DOUBLE_EQ(drift_ppm(before, after), 200);
}

TEST(fleet, a_wrong_clock_is_read_and_inverted) {
    const clock::time_point now(1000s);
    const auto list = "0,500ms,-1s@20";
    EXPECT_EQ(clock_in(list, 1, now)->reading(now), 1000s + 500ms);
    EXPECT_EQ(clock_in(list, 7, now)->reading(now), 1000s);
    const auto drifting = *clock_in(list, 2, now);
    EXPECT_EQ(drifting.reading(now + 10s), 1009s + 200us);
    EXPECT_EQ(drifting.when(1009s + 200us), now + 10s);
    EXPECT_FALSE(clock_in("0,much", 1, now));
}

// Three ranks that measured something, each with a timeline of a width of its own.
std::vector<part> three_parts(const plan& asked) {
    std::vector<part> parts;
    for (unsigned rank = 0; rank < 3; ++rank) {
        auto m = measured({request(rank, 1ms * rank, 3ms + 1us * rank, outcome::ok),
                           request(3 + rank, 30s * rank, 5ms, outcome::timed_out, 2ms)},
                          60s);
        auto own = asked;
        own.rank = rank;
        m.ranks = {facts_of(own, "host", m)};
        parts.push_back({{"run", {"http://127.0.0.1:1/"}, {"host", "host", "host"}, 1}, m});
    }
    return parts;
}

std::string csv_of(const plan& asked, const measurement& m) {
    const auto run = summarise(asked, {}, {}, m);
    return latency_text(std::array{written_run{run, &m.record}}) + requests_text({run, &m.record}) +
           throughput_text(run, m);
}

TEST(fleet, a_part_is_read_as_it_was_written) {
    auto asked = counting_plan(6);
    asked.ranks = 3;
    for (auto& one : three_parts(asked)) {
        const auto again = part_in(bytes_of(one));
        EXPECT_EQ(again.of, one.of);
        EXPECT_EQ(csv_of(asked, again.measured), csv_of(asked, one.measured));
        EXPECT_EQ(again.measured.ranks.front().name(), one.measured.ranks.front().name());
        const auto bytes = bytes_of(one);
        EXPECT_THROW(part_in(bytes.substr(0, bytes.size() / 2)), std::runtime_error);
    }
}

// As MPI adds them up: all of one shape, then number by number.
TEST(fleet, numbers_added_up_are_the_merged_recorder) {
    auto asked = counting_plan(6);
    asked.ranks = 3;
    auto parts = three_parts(asked);
    recorder merged(1, 0, nanoseconds::max());
    words shape = shape_of(merged);
    std::vector<exchange> rows;
    for (auto& one : parts) {
        merged.merge(one.measured.record);
        const auto other = shape_of(one.measured.record);
        for (std::size_t i = 0; i < shape.size(); ++i) shape[i] = std::max(shape[i], other[i]);
    }
    tally sum;
    for (auto& one : parts) {
        fit(one.measured.record, shape);
        const auto more = tally_of(one.measured.record);
        sum.sums.resize(more.sums.size());
        sum.most.resize(more.most.size(), std::numeric_limits<std::int64_t>::min());
        for (std::size_t i = 0; i < more.sums.size(); ++i) sum.sums[i] += more.sums[i];
        for (std::size_t i = 0; i < more.most.size(); ++i) sum.most[i] = std::max(sum.most[i], more.most[i]);
    }
    auto& record = parts.front().measured.record;
    put_back(sum, record);
    record.take_rows(merged.rows());
    const auto whole = [&](const recorder& of) {
        return csv_of(whole_of(asked), joined(of, {parts[0].measured.ranks[0]}, {}));
    };
    EXPECT_EQ(whole(record), whole(merged));
}

TEST(fleet, a_run_names_its_ranks_that_are_invalid_or_lost) {
    auto asked = counting_plan(6);
    asked.ranks = 3;
    auto parts = three_parts(asked);
    std::vector<rank_facts> ranks;
    for (const auto& one : parts) ranks.push_back(one.measured.ranks.front());
    ranks[1].reasons = "it was late";
    ranks[2].is_lost = true;
    const auto reasons = judge(whole_of(asked), joined(parts[0].measured.record, ranks, {})).reasons;
    EXPECT_NE(reasons.find("rank 1 (host): it was late"), std::string::npos) << reasons;
    EXPECT_NE(reasons.find("rank 2 (host) is lost"), std::string::npos) << reasons;
}

TEST(fleet, clocks_known_to_more_than_a_tenth_of_p50_are_uncertain) {
    const auto asked = counting_plan(6);
    auto m = measured({request(0, 0ns, 3ms, outcome::ok)}, 1s);
    m.ranks.resize(1);
    m.ranks[0].has_clock = true;
    m.ranks[0].clock.uncertainty = 290us;
    EXPECT_FALSE(judge(asked, m).clock_uncertain);
    m.ranks[0].clock.uncertainty = 310us;
    EXPECT_TRUE(judge(asked, m).clock_uncertain);
}

}  // namespace
}  // namespace loadgen::tests
