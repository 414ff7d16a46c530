#include "servers/date.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <ctime>

namespace servers {
namespace {

constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::array<char, date_bytes> imf_fixdate(std::chrono::sys_seconds when) {
    const auto midnight = std::chrono::floor<std::chrono::days>(when);
    const std::chrono::year_month_day day(midnight);
    const std::chrono::hh_mm_ss time(when - midnight);
    std::array<char, date_bytes> text{};
    fmt::format_to_n(text.data(), text.size(), FMT_COMPILE("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT"),
                     days.at(std::chrono::weekday(midnight).c_encoding()), static_cast<unsigned>(day.day()),
                     months.at(static_cast<unsigned>(day.month()) - 1), static_cast<int>(day.year()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
    return text;
}

std::string_view date_now() {
    thread_local std::time_t second = 0;
    thread_local std::array<char, date_bytes> text{};
    const std::time_t now = std::time(nullptr);
    if (now != second) {
        text = imf_fixdate(std::chrono::sys_seconds(std::chrono::seconds(now)));
        second = now;
    }
    return {text.data(), text.size()};
}

}  // namespace servers
