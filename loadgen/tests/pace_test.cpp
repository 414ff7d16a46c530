#include "loadgen/pace.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace loadgen {
namespace {

TEST(pace, of_a_rate_goes_on_for_ever) {
    const pace rate(250);
    EXPECT_DOUBLE_EQ(rate.due_by(4), 1000);
    EXPECT_DOUBLE_EQ(rate.instant_of(1000), 4);
    EXPECT_DOUBLE_EQ(rate.due_by(1e6), 2.5e8);
    EXPECT_DOUBLE_EQ(rate.highest_rps(), 250);
    EXPECT_TRUE(std::isinf(rate.seconds()));
}

TEST(pace, of_a_ramp_is_its_area) {
    const pace up({{10, 0, 100}});
    EXPECT_DOUBLE_EQ(up.due_by(10), 500);
    EXPECT_DOUBLE_EQ(up.due_by(5), 125) << "half the time at a quarter of the area";
    EXPECT_DOUBLE_EQ(up.due_by(60), 500) << "nothing is due after the last stage";
    EXPECT_DOUBLE_EQ(up.instant_of(0), 0);
    EXPECT_DOUBLE_EQ(up.instant_of(125), 5);
    EXPECT_TRUE(std::isinf(up.instant_of(500)));
}

TEST(pace, stages_follow_each_other) {
    const pace stages({{10, 100, 100}, {20, 100, 300}, {5, 0, 0}, {10, 300, 0}});
    EXPECT_DOUBLE_EQ(stages.due_by(10), 1000);
    EXPECT_DOUBLE_EQ(stages.due_by(30), 5000);
    EXPECT_DOUBLE_EQ(stages.due_by(34), 5000) << "a stage of rate zero is a pause";
    EXPECT_DOUBLE_EQ(stages.due_by(45), 6500);
    EXPECT_DOUBLE_EQ(stages.instant_of(5000), 35);
    EXPECT_DOUBLE_EQ(stages.seconds(), 45);
    EXPECT_DOUBLE_EQ(stages.highest_rps(), 300);
}

TEST(pace, the_instant_of_a_count_is_where_that_many_are_due) {
    const pace stages({{3, 10, 700}, {2, 700, 699.999999}, {4, 699.999999, 0.5}});
    for (double requests = 1; requests < stages.due_by(9); requests += 17)
        EXPECT_NEAR(stages.due_by(stages.instant_of(requests)), requests, 1e-6);
}

}  // namespace
}  // namespace loadgen
