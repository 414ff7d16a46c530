// The design of a duel, pure: slices come in fours, baseline and candidate in the order A B B A or B A A B,
// so that what drifts slowly meets both alike. A four is used whole or not at all.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/exchange.hpp"

namespace loadgen {

inline constexpr std::array<std::string_view, 2> side_names{"baseline", "candidate"};
inline constexpr std::size_t sides = side_names.size();
inline constexpr std::size_t slices_of_four = 4;

enum class four_order : std::uint8_t { abba, baab };

constexpr std::string_view name_of(four_order order) {
    return order == four_order::abba ? "ABBA" : "BAAB";
}
// Which side has the slice at `position` (0 to 3): an index of side_names.
constexpr std::size_t side_at(four_order order, std::size_t position) {
    const bool is_inner = position == 1 || position == 2;
    return is_inner == (order == four_order::abba) ? 1 : 0;
}

// As many of one order as of the other, and one by lot where `count` is odd, shuffled: the same for a seed.
std::vector<four_order> random_orders(std::size_t count, std::uint64_t seed);

// A slice must see many replies of the slower server: it is at least twenty times as long as the larger p50.
nanoseconds slice_length(nanoseconds asked, nanoseconds larger_p50);

// As many fours of such slices as come closest to `total`; at least two, so that both orders can occur.
std::size_t fours_in(nanoseconds total, nanoseconds slice);

// What most slices that are not valid have to say, and how many: "7 slices: ...". The figures, in which no
// two reasons agree, are left out. Empty where none has a reason.
std::string most_frequent_reason(const std::vector<std::string>& reasons);

}  // namespace loadgen
