// What a person reads of the ranks of a fleet.
#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "loadgen/summary.hpp"
#include "loadgen/time_text.hpp"

namespace loadgen {
namespace {

double us(nanoseconds value) {
    return static_cast<double>(value.count()) / 1e3;
}

std::string clock_text(const rank_facts& f) {
    if (!f.has_clock) return fmt::format(" {:>13} {:>11} {:>11}", "-", "-", "-");
    return fmt::format(" {:>13.1f} {:>11.1f} {:>11.1f}", us(f.clock.offset), us(f.clock.uncertainty),
                       us(f.clock.start_skew));
}

std::string line_of(const rank_facts& f) {
    auto line = fmt::format("{:>4} {:<16}", f.rank, f.host);
    if (f.is_lost) return line + " lost\n";
    line += fmt::format(" {:>11} {:>11} {:>5.0f} %", f.requests, f.ok, f.used.running * 100) + clock_text(f);
    line += f.has_begun ? fmt::format(" {:>11.1f}", us(f.first_sent_late)) : fmt::format(" {:>11}", "-");
    for (const auto& [holds, words] :
         {std::pair(!f.reasons.empty(), "  invalid"), std::pair(f.client_bound, "  client-bound"),
          std::pair(f.gave_up, "  lost the server")})
        if (holds) line += words;
    return line + '\n';
}

}  // namespace

std::string ranks_text(const std::vector<rank_facts>& ranks) {
    if (ranks.empty()) return "";
    std::set<std::string> hosts;
    nanoseconds skew{0}, uncertainty{0};
    for (const auto& f : ranks) {
        hosts.insert(f.host);
        skew = std::max(skew, std::chrono::abs(f.clock.start_skew));
        uncertainty = std::max(uncertainty, f.clock.uncertainty);
    }
    auto text = fmt::format("ranks       {} on {} {}", ranks.size(), hosts.size(),
                            hosts.size() == 1 ? "machine" : "machines");
    if (std::any_of(ranks.begin(), ranks.end(), [](const auto& f) { return f.has_clock; }))
        text += fmt::format(": started within {} of the instant agreed on, by clocks known to {}",
                            time_text(us(skew)), time_text(us(uncertainty)));
    text += fmt::format("\nrank {:<16} {:>11} {:>11} {:>7} {:>13} {:>11} {:>11} {:>11}\n", "machine",
                        "requests", "ok", "busy", "clock, us", "+- us", "skew, us", "first, us");
    for (const auto& f : ranks) text += line_of(f);
    return text;
}

}  // namespace loadgen
