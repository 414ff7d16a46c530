// The grammar of HTTP/1.1 that the servers need: what a token, a field's value, a host is. Pure questions
// about text; what follows from the answers is said by incoming_request. The names are RFC 9110's and RFC
// 9112's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace servers::syntax {

[[nodiscard]] bool is_digit(char c);

// RFC 9110 section 5.6.2: a method, a field's name, an option in a list.
[[nodiscard]] bool is_token(std::string_view text);

// RFC 9110 section 5.5: no control characters but the tab; bytes beyond ASCII are let through. May be empty.
[[nodiscard]] bool is_field_content(std::string_view text);

// Neither empty nor with a space or a control character in it: what stands between a request line's spaces.
[[nodiscard]] bool is_word(std::string_view text);

// RFC 9110 section 7.2 (uri-host [ ":" port ], after RFC 3986 section 3.2.2): a name, an address, or nothing
// at all, which is what a client sends whose target has no authority. No user, as that is no part of a Host.
[[nodiscard]] bool is_host(std::string_view text);

// Letters in either case are the same.
[[nodiscard]] bool equal(std::string_view text, std::string_view lower_case);

// Whether a list such as that of Connection has this member (RFC 9110 section 5.6.1).
[[nodiscard]] bool lists(std::string_view list, std::string_view lower_case);

// Without the spaces and tabs around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

// Digits and nothing else, to base 10 or 16; nothing where that is no number or more than 64 bits hold.
[[nodiscard]] std::optional<std::uint64_t> to_number(std::string_view digits, int base = 10);

// How many of its first characters are hexadecimal digits.
[[nodiscard]] std::size_t leading_hex_digits(std::string_view text);

// A value of Transfer-Encoding in a request: 200 for `chunked`, the only one there is; 501 for others that
// are merely unknown, 400 for one that makes no sense or leaves the body's end untold (RFC 9112
// sections 6.1, 6.3).
[[nodiscard]] unsigned status_for_coding(std::string_view value);

}  // namespace servers::syntax
