#include "loadgen/http_text.hpp"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

TEST(http_text, a_token_is_letters_digits_and_fifteen_signs) {
    EXPECT_TRUE(is_token("aZ09!#$%&'*+-.^_`|~"));
    EXPECT_FALSE(is_token(""));
    for (const char c : std::string_view("\"(),/:;<=>?@[\\]{} \t\x7f\xe9"))
        EXPECT_FALSE(is_token(std::string("a") + c)) << c;
}

TEST(http_text, controls_are_those_below_a_space_and_delete) {
    for (const char c : {'\0', '\t', '\x1f', '\x7f'}) EXPECT_TRUE(is_control(c));
    for (const char c : {' ', 'a', '~', '\x80', '\xff'}) EXPECT_FALSE(is_control(c));
}

TEST(http_text, names_are_equal_in_any_case_and_nothing_else_has_one) {
    EXPECT_TRUE(equals_in_any_case("Az-AZ", "az-az"));
    EXPECT_FALSE(equals_in_any_case("a", "ab"));
    // The neighbours of A and Z, which are as far from `a` and `z` as they.
    EXPECT_FALSE(equals_in_any_case("@", "`"));
    EXPECT_FALSE(equals_in_any_case("[", "{"));
}

TEST(http_text, spaces_and_tabs_are_trimmed_at_both_ends_only) {
    EXPECT_EQ(trimmed(" \t a \tb\t "), "a \tb");
    EXPECT_EQ(trimmed("a"), "a");
    EXPECT_EQ(trimmed(" \t"), "");
    EXPECT_EQ(trimmed(""), "");
}

TEST(http_text, what_cannot_stand_in_a_target_is_percent_encoded) {
    EXPECT_EQ(percent_encoded("/a-._~!$&'()*+,;=:@/?b=1"), "/a-._~!$&'()*+,;=:@/?b=1");
    EXPECT_EQ(percent_encoded("/ \"<>\\^`{|}"), "/%20%22%3C%3E%5C%5E%60%7B%7C%7D");
    EXPECT_EQ(percent_encoded("/\xc3\xa9"), "/%C3%A9");
}

TEST(http_text, a_percent_sign_stays_where_it_begins_a_pair_of_hex_digits) {
    EXPECT_EQ(percent_encoded("/%2f%AF"), "/%2f%AF");
    EXPECT_EQ(percent_encoded("/%"), "/%25");
    EXPECT_EQ(percent_encoded("/%2"), "/%252");
    EXPECT_EQ(percent_encoded("/%2g%g2"), "/%252g%25g2");
    EXPECT_EQ(percent_encoded("%41"), "%41");
}

TEST(http_text, base64_is_that_of_rfc_4648) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

}  // namespace
}  // namespace loadgen
