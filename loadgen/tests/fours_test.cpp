#include "loadgen/fours.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

TEST(fours, each_order_gives_both_sides_two_slices_placed_alike_in_time) {
    for (const auto order : {four_order::abba, four_order::baab}) {
        std::string letters;
        for (std::size_t i = 0; i < slices_of_four; ++i) letters += side_at(order, i) == 0 ? 'A' : 'B';
        EXPECT_EQ(letters, name_of(order));
    }
}

TEST(fours, both_orders_occur_equally_often_and_an_odd_one_by_lot) {
    std::set<std::ptrdiff_t> of_five;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const auto even = random_orders(20, seed), odd = random_orders(5, seed);
        EXPECT_EQ(std::ranges::count(even, four_order::abba), 10);
        of_five.insert(std::ranges::count(odd, four_order::abba));
    }
    EXPECT_EQ(of_five, (std::set<std::ptrdiff_t>{2, 3}));
    EXPECT_TRUE(random_orders(0, 1).empty());
}

TEST(fours, a_seed_gives_the_same_orders_again_and_another_seed_others) {
    EXPECT_EQ(random_orders(40, 7), random_orders(40, 7));
    EXPECT_NE(random_orders(40, 7), random_orders(40, 8));
    std::set<four_order> first;
    for (std::uint64_t seed = 0; seed < 20; ++seed) first.insert(random_orders(4, seed).front());
    EXPECT_EQ(first.size(), 2U) << "either order may come first";
}

TEST(fours, a_slice_lasts_at_least_twenty_times_the_larger_p50) {
    EXPECT_EQ(slice_length(50ms, 2500us), 50ms);
    EXPECT_EQ(slice_length(50ms, 3ms), 60ms);
    EXPECT_EQ(slice_length(50ms, -1ns), 50ms) << "nothing was seen of either";
}

TEST(fours, are_as_many_as_come_closest_to_the_time_and_at_least_two) {
    EXPECT_EQ(fours_in(4s, 50ms), 20U);
    EXPECT_EQ(fours_in(1s, 50ms), 5U);
    EXPECT_EQ(fours_in(1s, 60ms), 4U);
    EXPECT_EQ(fours_in(1s, 10s), 2U);
}

TEST(fours, the_reason_that_most_slices_share_is_told_without_the_figures_that_differ) {
    EXPECT_EQ(most_frequent_reason({"", "the generator failed: x", "sent at 91.2 % of it",
                                    "the generator wanted to run and did not: for 7.1 % of the time; more",
                                    "the generator wanted to run and did not: for 9.3 % of the time"}),
              "2 slices: the generator wanted to run and did not");
    EXPECT_EQ(most_frequent_reason({"sent at 91.2 % of it", "sent at 80.2 % of it"}), "2 slices: sent at");
    EXPECT_EQ(most_frequent_reason({"interrupted"}), "1 slices: interrupted");
    EXPECT_EQ(most_frequent_reason({"", ""}), "");
}

}  // namespace
}  // namespace loadgen
