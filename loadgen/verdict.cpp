#include "loadgen/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/core.h>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// In an open loop lag is the generator's own lateness: it may be a millisecond, or a twentieth of the latency
// it is part of.
constexpr nanoseconds least_lag_limit = 1ms;
constexpr int lag_share = 20;
// A thread that runs, or waits for a core to run on, this much has no time left to be punctual (open loop);
// one that runs this much is what limits the rate (closed loop). On shared machines a thread that always runs
// is seen at 96 to 99 %.
constexpr double busy = 0.95;
// Sent this much slower than offered, beyond what chance does to Poisson arrivals (four standard deviations
// of a count of n are 4 / sqrt(n) of it).
constexpr double least_achieved = 0.95;
constexpr double chance_deviations = 4;
// The sampler is due every few milliseconds. Not being run for this long means that the machine was
// elsewhere.
constexpr nanoseconds gap_limit = 250ms;
// Of the machine's time: no reason of its own, but what a reason may come from.
constexpr double noticeable_steal = 0.01;
// More than one request in a hundred waited this long for a connection.
constexpr nanoseconds queue_limit = 1ms;

double ms(nanoseconds value) {
    return static_cast<double>(value.count()) / 1e6;
}

// Why an open loop did not send when it had promised to. Waiting for a slow server is not among the reasons.
void judge_open(const load& offered, const measurement& measured, const histogram& latency, bool saturated,
                std::vector<std::string>& reasons) {
    const auto& record = measured.record;
    const auto limit = std::max<nanoseconds>(least_lag_limit, latency.quantile(0.99) / lag_share);
    if (const auto p99 = record.lag().quantile(0.99); record.lag().count() > 0 && p99 > limit)
        reasons.push_back(
            fmt::format("the generator sent late: lag p99 {:.2f} ms, limit {:.2f} ms", ms(p99), ms(limit)));
    const auto [running, waiting] = measured.generator_utilisation;
    if (running + waiting >= busy)
        reasons.push_back(fmt::format(
            "a generator thread had no time to spare: it ran {:.0f} % of the time and waited {:.0f} % "
            "for a core, limit {:.0f} %",
            running * 100, waiting * 100, busy * 100));
    const auto achieved = achieved_over_offered(offered, record);
    if (!achieved || saturated) return;
    const auto chance = offered.arrivals == arrivals::poisson
                            ? chance_deviations / std::sqrt(static_cast<double>(record.begun()))
                            : 0.0;
    if (*achieved < least_achieved - chance)
        reasons.push_back(fmt::format("sent at {:.1f} % of the offered rate, limit {:.1f} %", *achieved * 100,
                                      (least_achieved - chance) * 100));
}

std::string joined(const std::vector<std::string>& reasons) {
    std::string text;
    for (const auto& reason : reasons) text += (text.empty() ? "" : "; ") + reason;
    return text;
}

}  // namespace

verdict judge(const load& offered, const measurement& measured, const histogram& latency) {
    verdict result;
    std::vector<std::string> reasons;
    const auto& queue = measured.record.queue();
    const bool open = offered.arrivals != arrivals::closed;
    result.client_bound = !open && measured.generator_utilisation.running >= busy;
    result.saturated = open && queue.count() > 0 && queue.quantile(0.99) > queue_limit;
    if (open) judge_open(offered, measured, latency, result.saturated, reasons);
    if (measured.longest_gap > gap_limit)
        reasons.push_back(fmt::format("the generator was not run for {:.0f} ms, limit {:.0f} ms",
                                      ms(measured.longest_gap), ms(gap_limit)));
    if (!reasons.empty() && measured.stolen >= noticeable_steal)
        reasons.back() += fmt::format(" (the hypervisor took {:.1f} % of the machine's time meanwhile)",
                                      measured.stolen * 100);
    if (measured.was_interrupted) reasons.emplace_back("interrupted");
    result.reasons = joined(reasons);
    return result;
}

std::optional<double> achieved_over_offered(const load& offered, const recorder& record) {
    if (offered.arrivals == arrivals::closed || record.begun() < 2) return std::nullopt;
    const auto span = std::chrono::duration<double>(record.last_begun() - record.first_due()).count();
    return static_cast<double>(record.begun() - 1) / std::max(span, 1e-9) / offered.rate_rps;
}

}  // namespace loadgen
