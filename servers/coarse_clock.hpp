// The clock of both servers' limits of time.
#pragma once

#include <time.h>

#include <chrono>

namespace servers {

// Monotonic, and up to a few milliseconds behind: read from memory that the kernel keeps, where a precise
// clock reads a counter. Limits are set several times a request, and none needs to be kept more exactly.
struct coarse_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<coarse_clock>;
    static constexpr bool is_steady = true;

    [[nodiscard]] static time_point now() noexcept {
        timespec read{};
        ::clock_gettime(CLOCK_MONOTONIC_COARSE, &read);
        return time_point(std::chrono::seconds(read.tv_sec) + std::chrono::nanoseconds(read.tv_nsec));
    }
};

}  // namespace servers
