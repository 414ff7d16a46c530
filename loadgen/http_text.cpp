#include "loadgen/http_text.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace loadgen {
namespace {

// A table, as every reply's field names are looked up in it.
constexpr auto token_chars = [] {
    std::array<bool, 256> result{};
    for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        result[static_cast<unsigned char>(c)] = true;
    return result;
}();

char lower_of(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_token(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return token_chars[static_cast<unsigned char>(c)]; });
}

bool equals_in_any_case(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, {}, lower_of);
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string percent_encoded(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c > 0x20 && c < 0x7f)
            result += c;
        else
            result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return result;
}

}  // namespace loadgen
