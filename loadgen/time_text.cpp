#include "loadgen/time_text.hpp"

#include <fmt/core.h>

namespace loadgen {

std::string time_text(double value_us) {
    if (value_us < 1e3) return fmt::format("{:.1f} us", value_us);
    if (value_us < 1e6) return fmt::format("{:.2f} ms", value_us / 1e3);
    return fmt::format("{:.3f} s", value_us / 1e6);
}

}  // namespace loadgen
