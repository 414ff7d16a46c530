#include "servers/date.hpp"

#include <algorithm>
#include <ctime>

namespace servers {
namespace {

constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

char* write(char* out, std::string_view text) {
    return std::ranges::copy(text, out).out;
}

template <class Number>
char* write_two_digits(char* out, Number number) {
    *out++ = static_cast<char>('0' + static_cast<unsigned>(number) / 10 % 10);
    *out++ = static_cast<char>('0' + static_cast<unsigned>(number) % 10);
    return out;
}

}  // namespace

// By hand, as a thread that serves one connection writes it for that alone.
std::array<char, date_bytes> imf_fixdate(std::chrono::sys_seconds when) {
    const auto midnight = std::chrono::floor<std::chrono::days>(when);
    const std::chrono::year_month_day day(midnight);
    const std::chrono::hh_mm_ss time(when - midnight);
    std::array<char, date_bytes> text{};
    char* out = write(text.data(), days.at(std::chrono::weekday(midnight).c_encoding()));
    out = write_two_digits(write(out, ", "), static_cast<unsigned>(day.day()));
    out = write(write(write(out, " "), months.at(static_cast<unsigned>(day.month()) - 1)), " ");
    out = write_two_digits(out, static_cast<int>(day.year()) / 100);
    out = write_two_digits(out, static_cast<int>(day.year()));
    out = write_two_digits(write(out, " "), time.hours().count());
    out = write_two_digits(write(out, ":"), time.minutes().count());
    out = write_two_digits(write(out, ":"), time.seconds().count());
    write(out, " GMT");
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
