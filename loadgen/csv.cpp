#include "loadgen/csv.hpp"

#include <fmt/core.h>

namespace loadgen {

std::string cell(std::uint64_t value) {
    return fmt::format("{}", value);
}

std::string cell(double value) {
    return fmt::format("{:.3f}", value);
}

std::string cell(bool value) {
    return value ? "1" : "0";
}

std::string cell_us(nanoseconds value) {
    return cell(static_cast<double>(value.count()) / 1e3);
}

std::string cell_ms(nanoseconds value) {
    return cell(static_cast<double>(value.count()) / 1e6);
}

std::string escaped(std::string_view cell) {
    if (cell.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(cell);
    std::string quoted = "\"";
    for (const char c : cell) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + '"';
}

}  // namespace loadgen
