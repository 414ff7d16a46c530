#include "loadgen/fleet/clock_offset.hpp"

#include <cmath>
#include <cstdlib>
#include <string>

#include "loadgen/duration.hpp"

namespace loadgen {
namespace {

nanoseconds scaled(nanoseconds value, double by) {
    return nanoseconds(std::llround(static_cast<double>(value.count()) * by));
}

}  // namespace

nanoseconds between(const clock_offset& before, const clock_offset& after, nanoseconds at) {
    const auto passed = after.at() - before.at();
    if (passed <= nanoseconds(0)) return before.value();
    const auto part = static_cast<double>((at - before.at()).count()) / static_cast<double>(passed.count());
    return before.value() + scaled(after.value() - before.value(), part);
}

double drift_ppm(const clock_offset& before, const clock_offset& after) {
    const auto passed = after.at() - before.at();
    if (passed <= nanoseconds(0)) return 0;
    return static_cast<double>((after.value() - before.value()).count()) /
           static_cast<double>(passed.count()) * 1e6;
}

nanoseconds fleet_clock::reading(clock::time_point at) const {
    return at.time_since_epoch() + offset_ + scaled(at - since_, drift_);
}

// reading = at + offset + drift (at - since), solved for `at`.
clock::time_point fleet_clock::when(nanoseconds reading) const {
    const auto since_then = reading - offset_ - since_.time_since_epoch();
    return since_ + scaled(since_then, 1 / (1 + drift_));
}

std::optional<fleet_clock> clock_in(std::string_view list, unsigned rank, clock::time_point since) {
    for (; rank > 0 && !list.empty(); --rank) {
        list.remove_prefix(std::min(list.find(','), list.size()));
        list.remove_prefix(std::min<std::size_t>(1, list.size()));
    }
    auto entry = list.substr(0, list.find(','));
    if (entry.empty()) return fleet_clock();
    const auto at = std::min(entry.find('@'), entry.size());
    const bool is_behind = entry.starts_with('-');
    const auto offset = parse_duration(entry.substr(is_behind, at - is_behind));
    const std::string drift(entry.substr(std::min(at + 1, entry.size())));
    char* end = nullptr;
    const double ppm = std::strtod(drift.c_str(), &end);
    if (!offset || *end != '\0') return std::nullopt;
    return fleet_clock(is_behind ? -*offset : *offset, ppm, since);
}

}  // namespace loadgen
