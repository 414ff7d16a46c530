#include "loadgen/fail_if.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/core.h>

#include "loadgen/duration.hpp"
#include "loadgen/summary_columns.hpp"
#include "loadgen/time_text.hpp"

namespace loadgen {
namespace {

constexpr std::string_view errors = "errors";
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> short_names{
    {{"mean", "latency_mean_us"},
     {"p50", "latency_p50_us"},
     {"p90", "latency_p90_us"},
     {"p95", "latency_p95_us"},
     {"p99", "latency_p99_us"},
     {"p99.9", "latency_p99_9_us"},
     {"max", "latency_max_us"}}};
constexpr std::array<std::pair<std::string_view, double>, 4> time_units{
    {{"_us", 1}, {"_us_per_request", 1}, {"_ms", 1e3}, {"_s", 1e6}}};

std::optional<double> number_of(std::string_view text) {
    double value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::size_t> column_of(std::string_view name) {
    for (const auto& [brief, full] : short_names)
        if (name == brief) name = full;
    const auto& columns = summary_columns();
    const auto found = std::ranges::find_if(columns, [name](const auto& c) {
        return c.name == name && (c.type == "number" || c.type == "integer");
    });
    if (found == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
}

// How many microseconds the unit has that a column's name ends in; 0: it is no time.
double unit_us_of(std::string_view name) {
    for (const auto& [end, us] : time_units)
        if (name.ends_with(end)) return us;
    return 0;
}

// In the column's unit.
std::optional<double> time_of(std::string_view text, double unit_us) {
    const bool has_unit = !text.empty() && text.back() >= 'a' && text.back() <= 'z';
    const auto time = parse_duration(text);
    if (!time || !has_unit) return std::nullopt;
    return static_cast<double>(time->count()) / 1e3 / unit_us;
}

// 0.01 and 1% are the same.
std::optional<double> share_of(std::string_view text) {
    const bool is_percent = text.ends_with('%');
    const auto value = number_of(text.substr(0, text.size() - (is_percent ? 1 : 0)));
    return value && is_percent ? *value / 100 : value;
}

}  // namespace

parsed_condition parse_condition(const std::string& text) {
    const auto refuse = [](std::string why) { return parsed_condition{std::nullopt, std::move(why)}; };
    const auto at = text.find_first_of("<>");
    if (at == std::string::npos) return refuse("is not NAME>VALUE or NAME<VALUE, such as p99>50ms");
    fail_condition result;
    const std::string_view name(text.data(), at);
    result.text_ = text;
    result.is_above_ = text[at] == '>';
    result.or_equal_ = text.substr(at + 1).starts_with('=');
    const auto value = std::string_view(text).substr(at + (result.or_equal_ ? 2 : 1));
    if (name != errors) {
        result.column_ = column_of(name);
        if (!result.column_)
            return refuse(
                fmt::format("'{}' is no number of summary.csv: take one of its columns, or p50, p90, p95, "
                            "p99, p99.9, max, mean, errors",
                            name));
        result.unit_us_ = unit_us_of(summary_columns()[*result.column_].name);
    }
    const auto limit = !result.column_       ? share_of(value)
                       : result.unit_us_ > 0 ? time_of(value, result.unit_us_)
                                             : number_of(value);
    if (!limit)
        return refuse(fmt::format("'{}' is not a {}", value,
                                  !result.column_       ? "share of the requests, such as 1% or 0.01"
                                  : result.unit_us_ > 0 ? "time with its unit, such as 50ms"
                                                        : "number"));
    result.limit_ = *limit;
    return {std::move(result), {}};
}

fail_condition::figure fail_condition::figure_of(const summary& run) const {
    if (!column_) {
        const auto failed = static_cast<double>(run.requests - run.outcomes[index_of(outcome::ok)]);
        return {failed / static_cast<double>(std::max<std::uint64_t>(run.requests, 1)), {}};
    }
    const auto& column = summary_columns()[*column_];
    figure result{number_of(column.cell(run)), {}};
    if (!result.exact && column.lower_bound != nullptr)
        result.at_least = number_of(column.lower_bound(run, column.argument));
    return result;
}

bool fail_condition::holds(const summary& run) const {
    const auto [exact, at_least] = figure_of(run);
    if (!exact && (is_above_ || !at_least)) return true;
    const double value = exact.value_or(at_least.value_or(0));
    return value == limit_ ? or_equal_ : is_above_ == (value > limit_);
}

std::string fail_condition::told(const summary& run) const {
    const auto [exact, at_least] = figure_of(run);
    const auto value = exact ? exact : at_least;
    if (!value) return fmt::format("--fail-if {}: the run does not tell", text_);
    const auto number = unit_us_ > 0 ? time_text(*value * unit_us_)
                        : column_    ? fmt::format("{:g}", *value)
                                     : fmt::format("{:.3g} %", *value * 100);
    return fmt::format("--fail-if {}: it is {}{}", text_, exact ? "" : "at least ", number);
}

}  // namespace loadgen
