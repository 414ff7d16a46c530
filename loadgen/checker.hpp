// Checks the values of flags, and notes each mistake in a line: the flag, what was wrong, what would be
// right.
#pragma once

#include <charconv>
#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "loadgen/duration.hpp"

namespace loadgen {

using std::chrono::nanoseconds;

class checker {
public:
    explicit checker(std::vector<std::string>& mistakes) : mistakes_(mistakes) {}

    template <class Number>
    Number number(std::string_view flag, const std::string& text, Number from, Number to, Number otherwise) {
        if (text.empty()) return otherwise;
        Number value{};
        const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (fault == std::errc() && end == text.data() + text.size() && value >= from && value <= to)
            return value;
        note(fmt::format("{} {}: is not a number from {} to {}", flag, text, from, to));
        return otherwise;
    }

    nanoseconds duration(std::string_view flag, const std::string& text, nanoseconds longest,
                         nanoseconds otherwise) {
        if (text.empty()) return otherwise;
        const auto value = parse_duration(text);
        if (value && *value > nanoseconds(0) && *value <= longest) return *value;
        note(fmt::format("{} {}: is not a time above 0 and up to {} h, such as 500ms, 10s or 5m", flag, text,
                         std::chrono::duration_cast<std::chrono::hours>(longest).count()));
        return otherwise;
    }

    nanoseconds duration_or_none(std::string_view flag, const std::string& text, nanoseconds longest,
                                 nanoseconds otherwise) {
        const bool is_none = parse_duration(text) == nanoseconds(0);
        return is_none ? nanoseconds(0) : duration(flag, text, longest, otherwise);
    }

    template <class Value>
    Value choice(std::string_view flag, const std::string& text,
                 std::initializer_list<std::pair<std::string_view, Value>> choices, Value otherwise) {
        if (text.empty()) return otherwise;
        std::vector<std::string_view> names;
        for (const auto& [name, value] : choices) {
            if (text == name) return value;
            names.push_back(name);
        }
        note(fmt::format("{} {}: is not one of {}", flag, text, fmt::join(names, ", ")));
        return otherwise;
    }

    // What goes into CSV and JSON, and onto a terminal.
    void label(std::string_view flag, const std::string& text);

    void require(bool holds, std::string mistake) {
        if (!holds) note(std::move(mistake));
    }

private:
    void note(std::string mistake);

    std::vector<std::string>& mistakes_;
};

}  // namespace loadgen
