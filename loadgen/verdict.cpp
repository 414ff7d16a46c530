#include "loadgen/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "loadgen/time_text.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// The promise: the generator's own trouble moves no printed figure by more than this. The same share of a
// makespan that is the generator's own work makes it generator-bound.
constexpr double most_moved = 0.05;
// A figure that was moved by less than this is as it would be elsewhere: on a virtual machine a sleeper is
// woken some 70 us late, now and then a millisecond, and every second or so somebody else runs for two. The
// last is of the largest few of a thousand requests, which a single such moment decides.
constexpr nanoseconds least_moved = 500us;
constexpr nanoseconds least_moved_at_p99 = 1ms;
constexpr nanoseconds least_moved_beyond = 2ms;
constexpr nanoseconds least_moved_of_a_few = 5ms;  // where fewer than ten requests lie beyond p99.9
constexpr nanoseconds least_lost = 2ms;            // of a makespan, or of the time that a rate is over
// A thread that runs, or waits for a core to run on, this much has no time left to be punctual (open loop),
// and is what limits the rate (closed loop). On shared machines a thread that always runs is seen at 96 to 99
// %.
constexpr double busy = 0.95;
// Sent this much slower than offered, beyond what chance does to Poisson arrivals (four standard deviations
// of a count of n are 4 / sqrt(n) of it).
constexpr double least_achieved = 0.95;
constexpr double chance_deviations = 4;
// Of the machine's time: no reason of its own, but what a reason may come from.
constexpr double noticeable_steal = 0.01;
// Of the clocks of two ranks.
constexpr nanoseconds most_uncertain = 1ms;
// More than one request in a hundred waited this long for a connection.
constexpr nanoseconds queue_limit = 1ms;

double us(nanoseconds value) {
    return static_cast<double>(value.count()) / 1e3;
}

nanoseconds least_moved_at(double q, std::uint64_t count) {
    if (q < 0.99) return least_moved;
    if (q == 0.99) return least_moved_at_p99;
    return (1 - q) * static_cast<double>(count) < 10 ? least_moved_of_a_few : least_moved_beyond;
}

// The first of these quantiles that the generator's own delays have moved.
std::optional<std::string> moved(std::string_view figure, const histogram& actual, const histogram& without,
                                 std::initializer_list<std::pair<double, std::string_view>> quantiles) {
    if (actual.count() == 0) return std::nullopt;
    for (const auto& [q, name] : quantiles) {
        const auto is = actual.quantile(q), least = without.quantile(q);
        if (us(is) <= us(least) * (1 + most_moved) || is - least <= least_moved_at(q, actual.count()))
            continue;
        return fmt::format(
            "the generator's own delays may have moved a figure: {} {} from {} to {}, limit {:.0f} %", figure,
            name, time_text(us(least)), time_text(us(is)), most_moved * 100);
    }
    return std::nullopt;
}

// Every quantile that is printed of latency and service over all requests, and p50 and p99 of each class.
void judge_quantiles(const plan& what, const recorder& record, std::vector<std::string>& reasons) {
    const auto all = record.all_classes();
    auto found = moved("latency", all.latency.all(), all.latency_without_own(),
                       {{0.99, "p99"}, {0.5, "p50"}, {0.9, "p90"}, {0.95, "p95"}, {0.999, "p99.9"}});
    if (!found)
        found = moved("service", all.service.all(), all.service_without_own(), {{0.99, "p99"}, {0.5, "p50"}});
    for (std::size_t i = 0; i < record.classes().size() && !found; ++i)
        found = moved(fmt::format("latency of {}", what.classes[i].name), record.classes()[i].latency.all(),
                      record.classes()[i].latency_without_own(), {{0.99, "p99"}, {0.5, "p50"}});
    if (found) reasons.push_back(*found);
}

// The rate of a loop that waits for its replies, and a makespan, lose what the threads lose.
void judge_lost_time(const plan& what, const measurement& measured, std::vector<std::string>& reasons) {
    const double lost = what.load.requests ? measured.lost_most : measured.lost_mean;
    if (lost > most_moved && lost * us(measured.length) > us(least_lost))
        reasons.push_back(fmt::format(
            "the generator wanted to run and did not: for {:.1f} % of the time, limit {:.0f} % (it waited "
            "for a core or was stopped)",
            lost * 100, most_moved * 100));
}

// Why an open loop did not send when it had promised to. Waiting for a slow server is not among the reasons.
void judge_open(const plan& what, const measurement& measured, bool saturated,
                std::vector<std::string>& reasons) {
    const auto& offered = what.load;
    const auto& record = measured.record;
    const auto [running, waiting, absent] = measured.generator_utilisation;
    if (running + waiting >= busy)
        reasons.push_back(fmt::format(
            "a generator thread had no time to spare: it ran {:.0f} % of the time and waited {:.0f} % "
            "for a core, limit {:.0f} %",
            running * 100, waiting * 100, busy * 100));
    // A single reply is that of a server that answers at the very end, which any hiccup moves.
    const auto in_time = static_cast<double>(record.ok_in_window());
    if (static_cast<double>(record.ok_in_window_without_own()) >
        std::max(in_time * (1 + most_moved), in_time + 1))
        reasons.push_back(fmt::format(
            "the generator's own delays moved the rate: {} of {} replies came after the end, limit {:.0f} %",
            record.ok_in_window_without_own() - record.ok_in_window(), record.ok_in_window_without_own(),
            most_moved * 100));
    const auto done = record.last_done(), least = record.last_done_without_own();
    if (offered.requests && us(done) > us(least) * (1 + most_moved) && done - least > least_lost)
        reasons.push_back(
            fmt::format("the generator's own delays moved the makespan: from {} to {}, limit {:.0f} %",
                        time_text(us(least)), time_text(us(done)), most_moved * 100));
    const auto achieved = achieved_over_offered(offered, record, what.ranks);
    if (!achieved || saturated) return;
    const auto chance = offered.arrivals == arrivals::poisson
                            ? chance_deviations / std::sqrt(static_cast<double>(record.begun()))
                            : 0.0;
    if (*achieved < least_achieved - chance)
        reasons.push_back(fmt::format("sent at {:.1f} % of the offered rate, limit {:.1f} %", *achieved * 100,
                                      (least_achieved - chance) * 100));
}

void judge_shortages(const recorder& record, std::vector<std::string>& reasons) {
    for (std::size_t i = 1; i < shortage_count; ++i)
        if (const auto count = record.lacked(static_cast<shortage>(i)); count > 0)
            reasons.push_back(fmt::format("the generator ran out of {}: {} requests were not sent ({})",
                                          shortage_texts[i].name, count, shortage_texts[i].limits));
}

// Of as many ranks as this each is told in full.
constexpr std::size_t most_ranks_named = 4;

void judge_ranks(const std::vector<rank_facts>& ranks, std::vector<std::string>& reasons) {
    std::size_t wrong = 0;
    for (const bool is_lost : {true, false})
        for (const auto& f : ranks) {
            if (f.is_lost != is_lost || (!is_lost && f.reasons.empty())) continue;
            if (++wrong > most_ranks_named) continue;
            reasons.push_back(f.name() +
                              (is_lost ? " is lost, with all that it measured" : ": " + f.reasons));
        }
    if (wrong > most_ranks_named)
        reasons.push_back(fmt::format("and {} more ranks", wrong - most_ranks_named));
}

// A millisecond of schedules that should be one, or a tenth of what a request takes, is more than any order
// of requests that is read from the merged rows could bear.
bool are_clocks_uncertain(const std::vector<rank_facts>& ranks, const class_record& all) {
    const auto latency = all.latency.all();
    auto limit = most_uncertain;
    if (latency.count() > 0) limit = std::min(limit, latency.quantile(0.5) / 10);
    return std::any_of(ranks.begin(), ranks.end(),
                       [&](const auto& f) { return f.has_clock && f.clock.uncertainty > limit; });
}

std::string joined(const std::vector<std::string>& reasons) {
    std::string text;
    for (const auto& reason : reasons) text += (text.empty() ? "" : "; ") + reason;
    return text;
}

}  // namespace

verdict judge(const plan& what, const measurement& measured) {
    verdict result;
    std::vector<std::string> reasons;
    const auto& record = measured.record;
    const auto& used = measured.generator_utilisation;
    const bool open = what.load.arrivals != arrivals::closed;
    result.client_bound = !open && used.running + used.waiting >= busy;
    result.saturated = open && record.queue().count() > 0 && record.queue().quantile(0.99) > queue_limit;
    result.generator_bound = !open && what.load.requests &&
                             us(record.last_parts().generator) > us(record.last_done()) * most_moved;
    judge_quantiles(what, record, reasons);
    if (!open || result.saturated) judge_lost_time(what, measured, reasons);
    if (open) judge_open(what, measured, result.saturated, reasons);
    if (!reasons.empty() && measured.stolen >= noticeable_steal)
        reasons.back() += fmt::format(" (the hypervisor took {:.1f} % of the machine's time meanwhile)",
                                      measured.stolen * 100);
    judge_shortages(record, reasons);
    if (!measured.fault.empty()) reasons.push_back("the generator failed: " + measured.fault);
    if (measured.was_interrupted) reasons.emplace_back("interrupted");
    judge_ranks(measured.ranks, reasons);
    result.clock_uncertain = are_clocks_uncertain(measured.ranks, record.all_classes());
    result.reasons = joined(reasons);
    return result;
}

namespace {

// Of as many instants as requests were begun, the last should have been when the last of them was. Those of
// one moment have no rate.
std::optional<double> achieved_of(const instants& replayed, const recorder& record, unsigned ranks) {
    const auto last = std::min<std::size_t>((record.begun() - 1) * ranks, replayed.size() - 1);
    const auto due = replayed.at(last) - replayed.front();
    if (due <= nanoseconds(0)) return std::nullopt;
    const auto took = std::max(record.last_begun() - record.first_due(), due);
    return std::chrono::duration<double>(due) / std::chrono::duration<double>(took);
}

}  // namespace

std::optional<double> achieved_over_offered(const load& offered, const recorder& record, unsigned ranks) {
    if (offered.arrivals == arrivals::closed || record.begun() < 2) return std::nullopt;
    if (offered.arrivals == arrivals::replayed) return achieved_of(*offered.replay, record, ranks);
    const auto due_by = [&](nanoseconds at) {
        return offered.rate.due_by(std::chrono::duration<double>(at).count());
    };
    const auto due = (due_by(record.last_begun()) - due_by(record.first_due())) / ranks;
    return static_cast<double>(record.begun() - 1) / std::max(due, 1e-9);
}

}  // namespace loadgen
