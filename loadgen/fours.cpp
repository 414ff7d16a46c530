#include "loadgen/fours.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include <fmt/core.h>

namespace loadgen {
namespace {

constexpr int p50s_in_slice = 20;
constexpr std::size_t least_fours = 2;

// "sent at 91.2 % of ..." is of the kind "sent at", "the generator failed: ..." of "the generator failed".
std::string kind_of(const std::string& reasons) {
    auto kind = reasons.substr(0, reasons.find_first_of(":;0123456789"));
    kind.erase(kind.find_last_not_of(' ') + 1);
    return kind;
}

}  // namespace

std::vector<four_order> random_orders(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<four_order> orders(count, four_order::abba);
    const auto others = count / 2 + (count % 2 == 1 && random() % 2 == 1 ? 1 : 0);
    std::fill_n(orders.begin(), others, four_order::baab);
    for (std::size_t i = count; i > 1; --i) std::swap(orders[i - 1], orders[random() % i]);
    return orders;
}

nanoseconds slice_length(nanoseconds asked, nanoseconds larger_p50) {
    return std::max(asked, larger_p50 * p50s_in_slice);
}

std::size_t fours_in(nanoseconds total, nanoseconds slice) {
    const auto fitting = std::chrono::duration<double>(total) / (slice * slices_of_four);
    return std::max(static_cast<std::size_t>(std::llround(fitting)), least_fours);
}

std::string most_frequent_reason(const std::vector<std::string>& reasons) {
    std::map<std::string, std::size_t> counts;
    for (const auto& text : reasons)
        if (!text.empty()) ++counts[kind_of(text)];
    if (counts.empty()) return {};
    const auto [kind, count] =
        *std::ranges::max_element(counts, {}, &std::pair<const std::string, std::size_t>::second);
    return fmt::format("{} slices: {}", count, kind);
}

}  // namespace loadgen
