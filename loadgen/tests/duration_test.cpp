#include "loadgen/duration.hpp"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

TEST(duration, reads_what_people_write) {
    EXPECT_EQ(parse_duration("500us"), 500us);
    EXPECT_EQ(parse_duration("50ms"), 50ms);
    EXPECT_EQ(parse_duration("1.5s"), 1500ms);
    EXPECT_EQ(parse_duration("10"), 10s);
    EXPECT_EQ(parse_duration("5m"), 5min);
    EXPECT_EQ(parse_duration("1h"), 1h);
}

TEST(duration, refuses_everything_else) {
    for (const auto* text : {"", "s", "-1s", "5 s", "10x", "nan", "inf", "1e3s", "2s3", "25h"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(duration, is_a_day_at_most_and_a_nanosecond_is_its_finest) {
    EXPECT_EQ(parse_duration("24h"), 24h);
    EXPECT_FALSE(parse_duration("24.001h"));
    EXPECT_FALSE(parse_duration("86401"));
    EXPECT_EQ(parse_duration("7ns"), 7ns);
    EXPECT_EQ(parse_duration("0.4ns"), 0ns);
    EXPECT_EQ(parse_duration("0"), 0ns);
}

}  // namespace
}  // namespace loadgen
