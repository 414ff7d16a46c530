// A duel as a person reads it: both sides beside each other, and the candidate as a multiple of the baseline.
#include <fmt/core.h>

#include "loadgen/duel.hpp"
#include "loadgen/time_text.hpp"

namespace loadgen {
namespace {

using figure = std::optional<double>;

std::string row(std::string_view name, const std::array<std::string, sides>& cells, std::string_view last) {
    return fmt::format("{:<13} {:>13} {:>14} {:>14}\n", name, cells[0], cells[1], last);
}

template <class Text>
std::string compared(std::string_view name, const std::array<figure, sides>& values, Text text) {
    std::array<std::string, sides> cells{"-", "-"};
    for (std::size_t i = 0; i < sides; ++i)
        if (values[i]) cells[i] = text(*values[i]);
    const bool has_ratio = values[0] && values[1] && *values[0] > 0;
    return row(name, cells, has_ratio ? fmt::format("{:.4f}", *values[1] / *values[0]) : "-");
}

std::string failures_text(const summary& side) {
    return fmt::format("{}", side.requests - side.outcomes[index_of(outcome::ok)]);
}

}  // namespace

std::string lost_text(const duel_result& duel) {
    if (duel.lost_side)
        return fmt::format("the {} was lost: {}", side_names.at(*duel.lost_side), duel.lost_reason);
    const auto side = duel.of_side[0].outcomes[index_of(outcome::ok)] == 0 ? 0U : 1U;
    return fmt::format("{}: not one request ended ok: {}", side_names.at(side),
                       outcomes_text(duel.of_side.at(side)));
}

std::string text_of(const duel_result& duel) {
    const auto& [baseline, candidate] = duel.of_side;
    auto text = row("", {std::string(side_names[0]), std::string(side_names[1])}, "ratio");
    text += compared("throughput", {baseline.throughput_rps, candidate.throughput_rps},
                     [](double rps) { return fmt::format("{:.1f} ok/s", rps); });
    text += compared("server CPU", {baseline.server_cpu_us_per_request, candidate.server_cpu_us_per_request},
                     [](double us) { return fmt::format("{:.2f} us", us); });
    text += compared("p50", {baseline.p50.exact_us, candidate.p50.exact_us}, time_text);
    text += compared("p99", {baseline.p99.exact_us, candidate.p99.exact_us}, time_text);
    text +=
        row("requests", {fmt::format("{}", baseline.requests), fmt::format("{}", candidate.requests)}, "");
    text += row("failures", {failures_text(baseline), failures_text(candidate)}, "");
    const auto yes_or_no = [](bool holds) { return std::string(holds ? "yes" : "no"); };
    text += row("client-bound", {yes_or_no(baseline.client_bound), yes_or_no(candidate.client_bound)}, "");
    text += fmt::format("\nslices        {} of {}, {} of {} fours were used\n", duel.slices.size(),
                        time_text(static_cast<double>(duel.slice_length.count()) / 1e3), duel.fours_used,
                        duel.fours);
    text += fmt::format("verdict       {}{}{}\n", baseline.verdict, baseline.reasons.empty() ? "" : ": ",
                        baseline.reasons);
    return text;
}

}  // namespace loadgen
