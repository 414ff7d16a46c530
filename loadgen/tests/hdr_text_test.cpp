#include "loadgen/hdr_text.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

struct line {
    double value_ms, percentile;
    std::uint64_t count;
};

std::vector<line> lines_of(const std::string& text) {
    std::vector<line> result;
    std::istringstream in(text);
    for (std::string row; std::getline(in, row);) {
        line parsed{};
        std::istringstream fields(row);
        if (fields >> parsed.value_ms >> parsed.percentile >> parsed.count) result.push_back(parsed);
    }
    return result;
}

histogram one_to_hundred_ms() {
    histogram values;
    for (auto value = 1ms; value <= 100ms; value += 1ms) values.record(value);
    return values;
}

TEST(hdr_text, begins_and_ends_as_the_plotters_expect) {
    const auto text = hdr_text(one_to_hundred_ms());
    EXPECT_TRUE(text.starts_with("       Value     Percentile TotalCount 1/(1-Percentile)\n\n")) << text;
    EXPECT_NE(text.find("#[Mean    =       50.500, StdDeviation   ="), std::string::npos) << text;
    EXPECT_NE(text.find("#[Max     =      100.000, Total count    =          100]"), std::string::npos)
        << text;
    EXPECT_NE(text.find("#[Buckets =           32, SubBuckets     =         2048]"), std::string::npos)
        << text;
}

TEST(hdr_text, steps_by_tenths_to_the_median_and_by_half_as_much_after_each_halving) {
    const auto lines = lines_of(hdr_text(one_to_hundred_ms()));
    std::vector<double> first;
    for (std::size_t i = 0; i < 12; ++i) first.push_back(lines.at(i).percentile);
    const std::vector<double> expected{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.775};
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(first[i], expected[i], 1e-9);
}

TEST(hdr_text, every_line_names_the_value_that_its_share_of_values_does_not_exceed) {
    const auto lines = lines_of(hdr_text(one_to_hundred_ms()));
    for (const auto& l : lines) {
        EXPECT_GE(static_cast<double>(l.count), l.percentile * 100 - 1e-9);
        EXPECT_NEAR(l.value_ms, static_cast<double>(l.count), 0.1)
            << "of 1 to 100 ms, k values are up to k ms";
    }
    EXPECT_DOUBLE_EQ(lines.back().percentile, 1);
    EXPECT_DOUBLE_EQ(lines.back().value_ms, 100);
}

TEST(hdr_text, of_nothing_has_no_lines) {
    EXPECT_TRUE(lines_of(hdr_text({})).empty());
}

}  // namespace
}  // namespace loadgen
