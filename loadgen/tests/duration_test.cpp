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

}  // namespace
}  // namespace loadgen
