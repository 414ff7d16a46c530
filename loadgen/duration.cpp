#include "loadgen/duration.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace loadgen {

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
    using namespace std::string_view_literals;
    constexpr std::array<std::pair<std::string_view, double>, 7> suffixes{{{"ns"sv, 1e-9},
                                                                           {"us"sv, 1e-6},
                                                                           {"ms"sv, 1e-3},
                                                                           {"s"sv, 1.0},
                                                                           {""sv, 1.0},
                                                                           {"m"sv, 60.0},
                                                                           {"h"sv, 3600.0}}};
    constexpr double longest_s = 86'400;
    double value{};
    const auto [end, fault] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (fault != std::errc()) return std::nullopt;
    const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const auto& [name, seconds] : suffixes) {
        if (unit != name) continue;
        if (!(value >= 0) || value * seconds > longest_s) return std::nullopt;
        return std::chrono::nanoseconds(std::llround(value * seconds * 1e9));
    }
    return std::nullopt;
}

}  // namespace loadgen
