#include "loadgen/csv.hpp"

#include <gtest/gtest.h>

#include <set>

#include "loadgen/class_columns.hpp"
#include "loadgen/row_columns.hpp"
#include "loadgen/shared_columns.hpp"
#include "loadgen/summary_columns.hpp"
#include "loadgen/tests/one_request.hpp"

namespace loadgen {
namespace {

using namespace tests;

template <class Row>
void expect_tidy(const std::vector<column<Row>>& columns) {
    std::set<std::string> names;
    for (const auto& c : columns) {
        EXPECT_TRUE(names.insert(c.name).second) << c.name << " is there twice";
        EXPECT_FALSE(c.meaning.empty()) << c.name;
        EXPECT_TRUE(
            (std::set<std::string_view>{"string", "integer", "number", "boolean", "datetime"}.contains(
                c.type)))
            << c.name;
        const bool has_unit = c.name.ends_with("_us") || c.name.ends_with("_ms") || c.name.ends_with("_s") ||
                              c.name.ends_with("_rps") || c.name.ends_with("_us_per_request") ||
                              c.name.ends_with("_utilisation") || c.name.ends_with("_share") ||
                              c.name.find("_over_") != std::string::npos;  // a ratio has none
        EXPECT_TRUE(c.type != "number" || has_unit) << c.name << " has no unit";
    }
    for (std::size_t i = 0; i < key_names.size(); ++i) EXPECT_EQ(columns.at(i).name, key_names[i]);
}

TEST(csv, columns_are_unique_explained_and_end_in_their_unit) {
    expect_tidy(summary_columns());
    expect_tidy(class_columns());
    expect_tidy(request_columns());
    expect_tidy(latency_columns());
    expect_tidy(throughput_columns());
}

TEST(csv, cells_are_quoted_as_rfc_4180_says) {
    EXPECT_EQ(escaped("plain"), "plain");
    EXPECT_EQ(escaped("a,b"), "\"a,b\"");
    EXPECT_EQ(escaped("say \"hi\""), "\"say \"\"hi\"\"\"");
    EXPECT_EQ(escaped("two\nlines"), "\"two\nlines\"");
}

TEST(csv, a_request_that_never_became_due_has_no_times) {
    exchange x;
    x.was_due = false;
    const auto m = one_request();
    const auto run = summary_of(m);
    for (const auto& c : request_columns())
        EXPECT_TRUE(!c.name.ends_with("_us") || c.cell({run, x}).empty()) << c.name;
}

}  // namespace
}  // namespace loadgen
