#include "loadgen/mix.hpp"

#include <gtest/gtest.h>

#include <array>

namespace loadgen {
namespace {

std::vector<request_class> classes(std::initializer_list<std::uint32_t> weights) {
    std::vector<request_class> result;
    for (const auto weight : weights)
        result.push_back({"c" + std::to_string(result.size()), weight, "/", {}});
    return result;
}

std::vector<std::uint64_t> counted(const class_sequence& sequence, std::uint64_t count,
                                   std::size_t classes = 4) {
    std::vector<std::uint64_t> result(classes);
    for (std::uint64_t i = 0; i < count; ++i) ++result[sequence.class_of(i)];
    return result;
}

TEST(mix, reads_a_class) {
    const auto parsed = parse_class("long=20:/task?wait_ms=500&x=a:b=c");
    ASSERT_TRUE(parsed.value);
    EXPECT_EQ(parsed.value->name, "long");
    EXPECT_EQ(parsed.value->weight, 20U);
    EXPECT_EQ(parsed.value->target, "/task?wait_ms=500&x=a:b=c");
}

TEST(mix, names_what_is_wrong_with_a_class) {
    for (const auto* text : {"", "short", "short=80", "=80:/", "short=x:/", "short=0:/", "short=-1:/",
                             "short=80:ping", "short:/ping", "short=+1:/", "short=1000001:/", "short=1:/x#y"})
        EXPECT_FALSE(parse_class(text).fault.empty()) << text;
}

TEST(mix, a_target_that_would_break_the_request_line_is_refused_with_what_to_write) {
    for (const auto& [target, encoded] :
         {std::pair("/x y", "/x%20y"), std::pair("/\t", "/%09"),
          std::pair("/ HTTP/1.1\r\nX: y", "/%20HTTP/1.1%0D%0AX:%20y"),
          std::pair("/\xC3\xA9?\x7F", "/%C3%A9?%7F"), std::pair("/100%", "/100%25")}) {
        const auto fault = parse_class(std::string("a=1:") + target).fault;
        EXPECT_TRUE(fault.ends_with(std::string("percent-encode it as ") + encoded)) << fault;
        EXPECT_TRUE(parse_class(std::string("a=1:") + encoded).value) << encoded;
    }
}

TEST(mix, divides_a_count_exactly_by_the_weights) {
    EXPECT_EQ(counted(class_sequence(classes({80, 20}), 100, 7), 100),
              (std::vector<std::uint64_t>{80, 20, 0, 0}));
    EXPECT_EQ(counted(class_sequence(classes({1, 1, 1}), 100, 7), 100),
              (std::vector<std::uint64_t>{34, 33, 33, 0}));
    EXPECT_EQ(counted(class_sequence(classes({999, 1}), 10, 7), 10),
              (std::vector<std::uint64_t>{10, 0, 0, 0}));
}

TEST(mix, as_many_classes_as_there_may_be_have_their_share_each) {
    std::vector<request_class> many;
    for (std::size_t i = 0; i < most_classes; ++i) many.push_back({std::to_string(i), 1, "/", {}});
    EXPECT_EQ(counted(class_sequence(many, 3 * most_classes, 7), 3 * most_classes, most_classes),
              std::vector<std::uint64_t>(most_classes, 3));
}

TEST(mix, without_a_count_each_block_is_exact) {
    const class_sequence sequence(classes({80, 20}), std::nullopt, 7);
    EXPECT_EQ(counted(sequence, 5000), (std::vector<std::uint64_t>{4000, 1000, 0, 0}));
    EXPECT_EQ(sequence.requests_of(1, 5000), 1000U);
}

TEST(mix, a_seed_means_the_same_order_everywhere) {
    const class_sequence first(classes({80, 20}), 100, 7), same(classes({80, 20}), 100, 7),
        other(classes({80, 20}), 100, 8);
    std::string order, again, different;
    for (std::uint64_t i = 0; i < 100; ++i) {
        order += static_cast<char>('0' + first.class_of(i));
        again += static_cast<char>('0' + same.class_of(i));
        different += static_cast<char>('0' + other.class_of(i));
    }
    EXPECT_EQ(order, again);
    EXPECT_NE(order, different);
    // mt19937_64 and our shuffle are both fixed by specification, so this very string is what every machine
    // must get.
    EXPECT_EQ(order.substr(0, 40), "0000000010000000001110000001010010100000");
}

TEST(mix, a_weight_is_at_most_a_million_and_nothing_but_digits) {
    EXPECT_EQ(parse_class("a=1000000:/").value->weight, 1'000'000U);
    for (const auto* text : {"a=8x:/", "a=8 :/", "a=:/", "a=99999999999:/"})
        EXPECT_NE(parse_class(text).fault.find("whole number from 1 to 1000000"), std::string::npos) << text;
}

TEST(mix, the_whole_order_of_a_seed_is_known) {
    // Computed by another implementation of mt19937_64 and of the shuffle.
    const auto order = [](std::initializer_list<std::uint32_t> weights, std::optional<std::uint64_t> count,
                          std::uint64_t seed, std::uint64_t length) {
        const class_sequence sequence(classes(weights), count, seed);
        std::string text;
        for (std::uint64_t i = 0; i < length; ++i) text += static_cast<char>('0' + sequence.class_of(i));
        return text;
    };
    EXPECT_EQ(order({1, 1, 1, 1}, 8, 1, 8), "23120310");
    EXPECT_EQ(order({1, 1, 1, 1}, 8, 7, 8), "11230023");
    EXPECT_EQ(order({1, 1}, 2, 7, 2), "01");
    EXPECT_EQ(order({2, 1}, std::nullopt, 7, 30), "100011010011000100011001000001");
    EXPECT_EQ(order({1000, 24}, std::nullopt, 7, 40), "0000000100000000000000000000000000000000");
}

TEST(mix, without_a_count_the_block_is_the_shortest_of_a_thousand_requests_or_more) {
    const class_sequence sequence(classes({2, 1}), std::nullopt, 7);
    bool repeats_sooner = true;
    for (std::uint64_t i = 0; i < 1002; ++i) {
        EXPECT_EQ(sequence.class_of(i), sequence.class_of(i + 1002));
        repeats_sooner &= sequence.class_of(i) == sequence.class_of(i + 999);
    }
    EXPECT_FALSE(repeats_sooner);
    EXPECT_EQ(sequence.requests_of(1, 1002), 334U);
}

TEST(mix, the_requests_of_a_class_are_those_in_the_sequence) {
    const class_sequence sequence(classes({3, 2}), 10, 7), single(classes({5}), 10, 7);
    for (const std::uint64_t count : {0U, 1U, 7U, 10U, 37U}) {
        const auto expected = counted(sequence, count);
        EXPECT_EQ(sequence.requests_of(0, count), expected[0]) << count;
        EXPECT_EQ(sequence.requests_of(1, count), expected[1]) << count;
        EXPECT_EQ(single.requests_of(0, count), count);
        EXPECT_EQ(single.requests_of(1, count), 0U);
    }
    EXPECT_EQ(single.class_of(9), 0U);
}

}  // namespace
}  // namespace loadgen
