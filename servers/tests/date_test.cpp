// The Date of a reply: its form, and that it is of now.
#include "servers/date.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <string_view>

namespace servers {
namespace {

std::string date_of(std::int64_t seconds) {
    const auto text = imf_fixdate(std::chrono::sys_seconds(std::chrono::seconds(seconds)));
    return {text.data(), text.size()};
}

TEST(date, is_an_imf_fixdate) {
    EXPECT_EQ(date_of(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");  // the example of RFC 9110
    EXPECT_EQ(date_of(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(date_of(951'782'400), "Tue, 29 Feb 2000 00:00:00 GMT");
    EXPECT_EQ(date_of(253'402'300'799), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(date, is_of_the_second_in_which_it_is_asked_for) {
    const std::time_t before = std::time(nullptr);
    const std::string told(date_now());
    const std::time_t after = std::time(nullptr);
    bool among = false;
    for (std::time_t each = before; each <= after; ++each) among |= told == date_of(each);
    EXPECT_TRUE(among) << told;
}

TEST(date, goes_on_when_the_second_is_over) {
    const std::string first(date_now());
    const std::time_t patience = std::time(nullptr) + 10;
    while (date_now() == first && std::time(nullptr) < patience) {
    }
    EXPECT_NE(date_now(), first);
}

}  // namespace
}  // namespace servers
