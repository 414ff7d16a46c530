// The Date of a reply (RFC 9110 section 6.6.1): of the second in which it is sent.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

namespace servers {

inline constexpr std::size_t date_bytes = 29;

// As an IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7). For years of four digits.
[[nodiscard]] std::array<char, date_bytes> imf_fixdate(std::chrono::sys_seconds when);

// That of now, written anew once a second by each thread that asks: threads share nothing here, and read the
// second from the kernel's coarse clock. Valid until the calling thread asks again.
[[nodiscard]] std::string_view date_now();

}  // namespace servers
