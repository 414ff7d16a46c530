// The grammar by itself. What a server makes of it is in request_test and shapes_test.
#include "servers/syntax.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace servers
