#include "loadgen/rank_columns.hpp"

#include "loadgen/shared_columns.hpp"

namespace loadgen {
namespace {

// Of a rank that is lost nothing is known.
template <auto member>
std::string fact(const rank_row& r, std::size_t) {
    return r.facts.is_lost ? std::string() : cell(r.facts.*member);
}

template <nanoseconds clock_facts::*member>
std::string by_clock(const rank_row& r, std::size_t) {
    return r.facts.has_clock ? cell_us(r.facts.clock.*member) : std::string();
}

}  // namespace

const std::vector<column<rank_row>>& rank_columns() {
    using R = const rank_row&;
    static const auto columns = [] {
        auto list = key_columns<rank_row>();
        append<rank_row>(
            list,
            {{"rank", "integer", "counted from 0: it has every generator_ranks-th request of the schedule",
              [](R r, std::size_t) { return cell(std::uint64_t{r.facts.rank}); }},
             {"host", "string", "the machine that it ran on", [](R r, std::size_t) { return r.facts.host; }},
             {"lost", "boolean", "it ended before it told what it measured, and is in no figure of the run",
              [](R r, std::size_t) { return cell(r.facts.is_lost); }},
             {"requests", "integer", "requests of its share", fact<&rank_facts::requests>},
             {"ok", "integer", "those that ended `ok`", fact<&rank_facts::ok>},
             {"generator_utilisation", "number", "CPU over wall time of its busiest thread",
              [](R r, std::size_t) { return r.facts.is_lost ? "" : cell(r.facts.used.running); }},
             {"client_bound", "boolean", "as in summary.csv, of it alone", fact<&rank_facts::client_bound>},
             {"generator_bound", "boolean", "as in summary.csv, of it alone",
              fact<&rank_facts::generator_bound>},
             {"saturated", "boolean", "as in summary.csv, of it alone", fact<&rank_facts::saturated>},
             {"gave_up", "boolean", "as in summary.csv, of it alone", fact<&rank_facts::gave_up>},
             {"clock_offset_us", "number",
              "its clock less that of rank 0 when the run began; empty, as what else the clocks tell, where "
              "the run ended before they were compared again",
              by_clock<&clock_facts::offset>},
             {"clock_uncertainty_us", "number", "the offset is as much more or less, at most",
              by_clock<&clock_facts::uncertainty>},
             {"clock_drift_ppm", "number",
              "what it gained on the clock of rank 0 during the run, in millionths",
              [](R r, std::size_t) { return r.facts.has_clock ? cell(r.facts.clock.drift_ppm) : ""; }},
             {"start_skew_us", "number",
              "its start less the instant agreed on, by the offsets measured before and after the run",
              by_clock<&clock_facts::start_skew>},
             {"first_sent_late_us", "number", "how long after it was due its first request was begun",
              [](R r, std::size_t) {
                  return r.facts.has_begun ? cell_us(r.facts.first_sent_late) : std::string();
              }},
             {"reasons", "string", "why what it measured is invalid",
              [](R r, std::size_t) { return r.facts.reasons; }}});
        return list;
    }();
    return columns;
}

}  // namespace loadgen
