// --fail-if: a run that is measured well and found wanting. A condition on a figure of its summary, such as
// p99>50ms, that must not hold. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/summary.hpp"

namespace loadgen {

struct parsed_condition;

class fail_condition {
public:
    // Whether it holds of the run; it does too where the run does not tell, since nothing then says that it
    // does not: a figure that is missing, or whose bound leaves it open.
    bool holds(const summary& run) const;
    // The condition, and what the figure is.
    std::string told(const summary& run) const;
    const std::string& text() const { return text_; }

private:
    friend parsed_condition parse_condition(const std::string& text);

    struct figure {
        std::optional<double> exact, at_least;
    };
    figure figure_of(const summary& run) const;

    std::string text_;
    std::optional<std::size_t> column_;  // of summary.csv; none: the share of requests that did not end ok
    bool is_above_ = true;               // it fails above the limit, otherwise below
    bool or_equal_ = false;
    double limit_ = 0;    // in the column's unit
    double unit_us_ = 0;  // of a time: how many microseconds the unit has; 0: a number
};

// "NAME>VALUE", with >, >=, < or <=. NAME: a column of numbers in summary.csv, or p50, p90, p95, p99, p99.9,
// max, mean (of latency), or errors. VALUE has a unit where it is a time; of errors it may end in %.
struct parsed_condition {
    std::optional<fail_condition> value;
    std::string fault;
};
parsed_condition parse_condition(const std::string& text);

}  // namespace loadgen
