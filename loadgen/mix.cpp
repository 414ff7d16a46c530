#include "loadgen/mix.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <random>
#include <utility>

#include <fmt/core.h>

#include "loadgen/request_bytes.hpp"

namespace loadgen {
namespace {

std::vector<std::uint64_t> shares(const std::vector<request_class>& classes, std::uint64_t count) {
    const auto total =
        std::accumulate(classes.begin(), classes.end(), std::uint64_t{0},
                        [](std::uint64_t sum, const request_class& c) { return sum + c.weight; });
    std::vector<std::uint64_t> result;
    std::vector<std::pair<std::uint64_t, std::size_t>> remainders;
    std::uint64_t given = 0;
    for (std::size_t i = 0; i < classes.size(); ++i) {
        result.push_back(count * classes[i].weight / total);
        remainders.emplace_back(count * classes[i].weight % total, i);
        given += result.back();
    }
    std::stable_sort(remainders.begin(), remainders.end(), [](auto a, auto b) { return a.first > b.first; });
    for (std::size_t i = 0; given < count; ++i, ++given) ++result[remainders[i].second];
    return result;
}

// Fisher-Yates with a bounded draw of our own: std::shuffle may differ between standard libraries, and a seed
// has to mean the same sequence everywhere. The bias of the modulo is below 1e-10 for any count accepted.
void shuffle(std::vector<std::uint8_t>& values, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random() % i]);
}

}  // namespace

parsed_class parse_class(std::string_view text) {
    const auto equals = text.find('=');
    const auto colon = text.find(':', equals == std::string_view::npos ? 0 : equals);
    if (equals == std::string_view::npos || equals == 0 || colon == std::string_view::npos)
        return {std::nullopt,
                fmt::format("'{}' is not NAME=WEIGHT:/target, for example short=80:/ping", text)};
    request_class result;
    result.name = text.substr(0, equals);
    result.target = text.substr(colon + 1);
    const auto weight = text.substr(equals + 1, colon - equals - 1);
    const auto [end, fault] = std::from_chars(weight.data(), weight.data() + weight.size(), result.weight);
    if (fault != std::errc() || end != weight.data() + weight.size() || result.weight == 0 ||
        result.weight > 1'000'000)
        return {std::nullopt,
                fmt::format("'{}': the weight '{}' is not a whole number from 1 to 1000000", text, weight)};
    if (!result.target.starts_with('/'))
        return {std::nullopt,
                fmt::format("'{}': the target '{}' does not begin with /", text, result.target)};
    if (const auto wrong = fault_in_target(result.target); !wrong.empty())
        return {std::nullopt, fmt::format("'{}': the target '{}' {}", text, result.target, wrong)};
    return {std::move(result), {}};
}

class_sequence::class_sequence(const std::vector<request_class>& classes, std::optional<std::uint64_t> count,
                               std::uint64_t seed) {
    if (classes.size() < 2) return;
    std::uint64_t length = 0;
    if (count) {
        length = *count;
    } else {
        for (const auto& c : classes) length += c.weight;
        length *= std::max<std::uint64_t>(1, (1000 + length - 1) / length);
    }
    pattern_.reserve(static_cast<std::size_t>(length));
    const auto share = shares(classes, length);
    for (std::size_t i = 0; i < share.size(); ++i)
        pattern_.insert(pattern_.end(), static_cast<std::size_t>(share[i]), static_cast<std::uint8_t>(i));
    shuffle(pattern_, seed);
}

std::uint64_t class_sequence::requests_of(std::uint16_t request_class, std::uint64_t count) const {
    if (pattern_.empty()) return request_class == 0 ? count : 0;
    const auto in_first = [&](std::uint64_t length) {
        return static_cast<std::uint64_t>(std::count(
            pattern_.begin(), pattern_.begin() + static_cast<std::ptrdiff_t>(length), request_class));
    };
    return count / pattern_.size() * in_first(pattern_.size()) + in_first(count % pattern_.size());
}

}  // namespace loadgen
