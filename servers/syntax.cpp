#include "servers/syntax.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/rfc7230.hpp>
#include <charconv>
#include <string>

namespace servers::syntax {
namespace {

bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Looked up, because every character of a field's name, and of a Host, is.
using character_set = std::array<bool, 256>;

constexpr character_set letters_digits_and(std::string_view signs) {
    character_set set{};
    for (unsigned char c = '0'; c <= '9'; ++c) set[c] = true;
    for (unsigned char c = 'a'; c <= 'z'; ++c) set[c] = set[c - 'a' + 'A'] = true;
    for (const char c : signs) set[static_cast<unsigned char>(c)] = true;
    return set;
}

constexpr character_set of_tokens = letters_digits_and("!#$%&'*+-.^_`|~");
constexpr character_set of_names = letters_digits_and("-._~!$&'()*+,;=");  // RFC 3986: unreserved, sub-delims

bool is_in(const character_set& set, char c) {
    return set[static_cast<unsigned char>(c)];
}

bool is_registered_name(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (leading_hex_digits(text.substr(i + 1, 2)) != 2) return false;
            i += 2;
        } else if (!is_in(of_names, text[i])) {
            return false;
        }
    }
    return true;
}

// What stands in brackets: an IPv6 address, or an address of some later version ("v1.x").
bool is_address_literal(std::string_view text) {
    in6_addr ignored{};
    if (::inet_pton(AF_INET6, std::string(text).c_str(), &ignored) == 1) {
        return text.find('\0') == std::string_view::npos;
    }
    if (text.empty() || lower(text.front()) != 'v') return false;
    const std::size_t digits = leading_hex_digits(text.substr(1));
    const std::string_view rest = text.substr(digits + 1);
    return digits > 0 && rest.size() > 1 && rest.front() == '.' &&
           std::ranges::all_of(rest, [](char c) { return is_in(of_names, c) || c == ':'; });
}

bool is_port(std::string_view digits) {
    return digits.empty() || to_number(digits).value_or(65536) < 65536;
}

}  // namespace

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return is_in(of_tokens, c); });
}

bool is_field_content(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return is_control(c) && c != '\t'; });
}

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::none_of(text, [](char c) { return is_control(c) || c == ' '; });
}

bool is_host(std::string_view text) {
    const bool literal = text.starts_with('[');
    const std::size_t end = literal ? text.find(']') : std::min(text.find(':'), text.size());
    if (end == std::string_view::npos) return false;
    const std::string_view port = text.substr(end + (literal ? 1 : 0));
    if (!port.empty() && (port.front() != ':' || !is_port(port.substr(1)))) return false;
    return literal ? is_address_literal(text.substr(1, end - 1)) : is_registered_name(text.substr(0, end));
}

bool equal(std::string_view text, std::string_view lower_case) {
    return std::ranges::equal(text, lower_case, {}, lower);
}

bool lists(std::string_view list, std::string_view lower_case) {
    while (true) {
        const std::size_t comma = list.find(',');
        if (equal(trimmed(list.substr(0, comma)), lower_case)) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
}

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::optional<std::uint64_t> to_number(std::string_view digits, int base) {
    std::uint64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, number, base);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return number;
}

std::size_t leading_hex_digits(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_hex_digit) - text.begin());
}

unsigned status_for_coding(std::string_view value) {
    if (equal(value, "chunked")) return 200;
    std::size_t codings = 0;
    std::size_t chunked = 0;
    bool last_is_chunked = false;
    for (const auto coding : boost::beast::http::token_list({value.data(), value.size()})) {
        last_is_chunked = equal({coding.data(), coding.size()}, "chunked");
        chunked += last_is_chunked ? 1 : 0;
        ++codings;
    }
    const bool one_unknown = codings == 1 && chunked == 0;
    const bool unknown_within_chunked = codings > 1 && chunked == 1 && last_is_chunked;
    return one_unknown || unknown_within_chunked ? 501 : 400;
}

}  // namespace servers::syntax
