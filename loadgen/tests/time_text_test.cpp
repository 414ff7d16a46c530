#include "loadgen/time_text.hpp"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

TEST(time_text, has_the_unit_that_suits_the_value) {
    EXPECT_EQ(time_text(0), "0.0 us");
    EXPECT_EQ(time_text(12.5), "12.5 us");
    EXPECT_EQ(time_text(999), "999.0 us");
    EXPECT_EQ(time_text(1000), "1.00 ms");
    EXPECT_EQ(time_text(3250), "3.25 ms");
    EXPECT_EQ(time_text(999'000), "999.00 ms");
    EXPECT_EQ(time_text(1e6), "1.000 s");
    EXPECT_EQ(time_text(61.5e6), "61.500 s");
}

}  // namespace
}  // namespace loadgen
