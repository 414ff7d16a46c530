// The grammar by itself. What a server makes of it is in request_test and shapes_test.
#include "servers/syntax.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace servers {
namespace {

using namespace std::string_view_literals;

TEST(syntax, a_host_is_a_name_or_an_address_and_perhaps_a_port) {
    for (const std::string_view host :
         {"localhost"sv, "localhost:8080"sv, "localhost:"sv, "127.0.0.1:80"sv, "[::1]"sv, "[::1]:8080"sv,
          "[v1.a:b]"sv, "a_b.c~d"sv, "%41"sv, ""sv, "xn--nxasmq6b"sv}) {
        EXPECT_TRUE(syntax::is_host(host)) << host;
    }
    for (const std::string_view host :
         {"a b"sv,         "user@h"sv, "u:p@h"sv,    "[::1"sv,    "::1"sv,  "[::1]x"sv, "[]"sv,
          "[localhost]"sv, "h:x"sv,    "h:80:80"sv,  "h:65536"sv, "h:-1"sv, "h/"sv,     "h?"sv,
          "h#"sv,          "a\tb"sv,   "http://h"sv, "%4"sv,      "%zz"sv,  "h\0"sv,    "\xc3\xa9"sv,
          "[::1\0]"sv,     "a\\b"sv,   "\"h\""sv,    "<h>"sv}) {
        EXPECT_FALSE(syntax::is_host(host)) << host;
    }
}

TEST(syntax, a_list_has_a_member_whatever_stands_around_it) {
    EXPECT_TRUE(syntax::lists("close", "close"));
    EXPECT_TRUE(syntax::lists("keep-alive , CLOSE", "close"));
    EXPECT_TRUE(syntax::lists(",,\tclose,", "close"));
    EXPECT_FALSE(syntax::lists("closed, not-close", "close"));
    EXPECT_FALSE(syntax::lists("", "close"));
}

TEST(syntax, a_number_is_digits_and_nothing_else) {
    EXPECT_EQ(syntax::to_number("18446744073709551615"), 18446744073709551615U);
    EXPECT_EQ(syntax::to_number("ff", 16), 255U);
    for (const std::string_view text :
         {""sv, "+5"sv, "-5"sv, " 5"sv, "5 "sv, "0x5"sv, "18446744073709551616"sv}) {
        EXPECT_FALSE(syntax::to_number(text)) << text;
    }
}

TEST(syntax, a_token_is_a_word_of_letters_digits_and_few_signs) {
    EXPECT_TRUE(syntax::is_token("GET"));
    EXPECT_TRUE(syntax::is_token("x-!#$%&'*+.^_`|~1"));
    for (const std::string_view text : {""sv, "a b"sv, "a:b"sv, "a\0"sv, "\xff"sv, "(a)"sv, "a@b"sv}) {
        EXPECT_FALSE(syntax::is_token(text)) << text;
    }
}

TEST(syntax, a_token_holds_every_letter_and_digit) {
    EXPECT_TRUE(syntax::is_token("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"));
    for (const char neighbour : "/:@[{"sv) EXPECT_FALSE(syntax::is_token(std::string("a") + neighbour));
}

TEST(syntax, hex_digits_are_counted_up_to_the_first_that_is_none) {
    EXPECT_EQ(syntax::leading_hex_digits("0123456789abcdefABCDEF;x"), 22U);
    for (const std::string_view text : {"/"sv, ":"sv, "@"sv, "G"sv, "`"sv, "g"sv, ""sv}) {
        EXPECT_EQ(syntax::leading_hex_digits(text), 0U) << text;
    }
}

TEST(syntax, words_hold_neither_spaces_nor_controls_and_a_fields_content_no_controls_but_tabs) {
    EXPECT_TRUE(syntax::is_word("!a~\x80\xff"));
    for (const std::string_view text : {""sv, "a b"sv, "a\tb"sv, "\x1f"sv, "\x7f"sv, "\0"sv}) {
        EXPECT_FALSE(syntax::is_word(text)) << text;
    }
    EXPECT_TRUE(syntax::is_field_content("a b\tc \xe9"));
    EXPECT_TRUE(syntax::is_field_content(""));
    for (const std::string_view text : {"\x1f"sv, "a\x7f"sv, "\0"sv, "a\rb"sv, "\n"sv}) {
        EXPECT_FALSE(syntax::is_field_content(text)) << text;
    }
}

TEST(syntax, names_are_equal_in_any_case_and_nothing_else_has_one) {
    EXPECT_TRUE(syntax::equal("AZ-az", "az-az"));
    EXPECT_FALSE(syntax::equal("a", "ab"));
    EXPECT_FALSE(syntax::equal("@", "`"));
    EXPECT_FALSE(syntax::equal("[", "{"));
}

TEST(syntax, spaces_and_tabs_are_trimmed_at_both_ends) {
    EXPECT_EQ(syntax::trimmed(" \t a\tb \t"), "a\tb");
    EXPECT_EQ(syntax::trimmed(" \t "), "");
    EXPECT_EQ(syntax::trimmed("a"), "a");
}

TEST(syntax, a_port_and_an_escape_are_whole_and_within_bounds) {
    for (const std::string_view host : {"h:65535"sv, "h:0"sv, "%41%5a"sv, "a%2db"sv, "[::1]:65535"sv}) {
        EXPECT_TRUE(syntax::is_host(host)) << host;
    }
    for (const std::string_view host : {"[::1]:65536"sv, "[::1]80"sv, "%"sv, "%41%"sv, "a%4gb"sv, "%g1"sv}) {
        EXPECT_FALSE(syntax::is_host(host)) << host;
    }
}

TEST(syntax, an_address_of_a_later_version_has_a_number_a_dot_and_something) {
    for (const std::string_view host : {"[V1.x]"sv, "[vF0.a:b]"sv, "[v1.x]:80"sv}) {
        EXPECT_TRUE(syntax::is_host(host)) << host;
    }
    for (const std::string_view host : {"[v.x]"sv, "[v1.]"sv, "[v1]"sv, "[v1x]"sv, "[v1:x]"sv, "[w1.x]"sv,
                                        "[v1.x y]"sv, "[v1.%41]"sv, "[v]"sv, "[1.x]"sv}) {
        EXPECT_FALSE(syntax::is_host(host)) << host;
    }
}

TEST(syntax, a_coding_that_is_unknown_is_501_and_one_that_makes_no_sense_400) {
    EXPECT_EQ(syntax::status_for_coding("CHUNKED"), 200U);
    for (const std::string_view value : {"gzip"sv, "gzip, chunked"sv, "gzip, br, chunked"sv}) {
        EXPECT_EQ(syntax::status_for_coding(value), 501U) << value;
    }
    for (const std::string_view value : {""sv, "chunked, gzip"sv, "chunked, chunked"sv, "gzip, br"sv,
                                         "gzip, chunked, chunked"sv, "chunked,"sv}) {
        EXPECT_EQ(syntax::status_for_coding(value), 400U) << value;
    }
}

}  // namespace
}  // namespace servers
