// The stacks of fibers: used again, each apart from its neighbours.
#include "servers/fiber_stacks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <vector>

namespace servers {
namespace {

std::byte* lowest_of(const boost::context::stack_context& stack) {
    return static_cast<std::byte*>(stack.sp) - stack.size;
}

TEST(fiber_stacks, can_be_written_from_end_to_end_and_are_taken_again) {
    fiber_stacks stacks;
    const auto first = stacks.take();
    std::fill(lowest_of(first), static_cast<std::byte*>(first.sp), std::byte{1});
    const auto second = stacks.take();
    EXPECT_NE(first.sp, second.sp);
    stacks.give_back(first);
    const auto third = stacks.take();
    EXPECT_EQ(third.sp, first.sp);
    EXPECT_EQ(third.size, first.size);
    stacks.give_back(second);
    stacks.give_back(third);
}

TEST(fiber_stacks, many_are_given_back_too) {
    fiber_stacks stacks;
    std::vector<boost::context::stack_context> all;
    for (int i = 0; i < 3000; ++i) all.push_back(stacks.take());
    for (const auto& each : all) stacks.give_back(each);
    stacks.give_back(stacks.take());
}

TEST(fiber_stacks_death, who_needs_more_than_one_has_ends_the_program) {
    fiber_stacks stacks;
    const auto stack = stacks.take();
    volatile std::byte* const below = lowest_of(stack) - 1;
    EXPECT_EXIT(*below = std::byte{1}, testing::KilledBySignal(SIGSEGV), "");
    stacks.give_back(stack);
}

}  // namespace
}  // namespace servers
