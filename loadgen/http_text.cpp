#include "loadgen/http_text.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace loadgen {
namespace {

constexpr std::string_view alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

// Tables, as every reply's field names are looked up in one.
using char_set = std::array<bool, 256>;
constexpr char_set chars_of(std::string_view some, std::string_view more) {
    char_set result{};
    for (const char c : some) result[static_cast<unsigned char>(c)] = true;
    for (const char c : more) result[static_cast<unsigned char>(c)] = true;
    return result;
}
constexpr char_set token_chars = chars_of(alphanumeric, "!#$%&'*+-.^_`|~");
constexpr char_set target_chars = chars_of(alphanumeric, "-._~!$&'()*+,;=:@/?");
constexpr char_set hex_digits = chars_of("0123456789", "abcdefABCDEF");

bool is_in(const char_set& set, char c) {
    return set[static_cast<unsigned char>(c)];
}

char lower_of(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return is_in(token_chars, c); });
}

bool equals_in_any_case(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, {}, lower_of);
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string percent_encoded(std::string_view target) {
    std::string result;
    for (std::size_t i = 0; i < target.size(); ++i) {
        const char c = target[i];
        const bool is_pair = c == '%' && i + 2 < target.size() && is_in(hex_digits, target[i + 1]) &&
                             is_in(hex_digits, target[i + 2]);
        if (is_pair || is_in(target_chars, c))
            result += c;
        else
            result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return result;
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 3))) {
        const auto byte = [bytes](std::size_t i) {
            return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
        };
        const unsigned three = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (std::size_t i = 0; i < 4; ++i)
            text += i > bytes.size() ? '=' : alphabet[three >> (18 - 6 * i) & 63];
    }
    return text;
}

}  // namespace loadgen
