// The little of HTTP's grammar that requests and replies share: tokens, names in any case, what may stand in
// a request line.
#pragma once

#include <string>
#include <string_view>

namespace loadgen {

bool is_token(std::string_view text);  // of RFC 9110, section 5.6.2; an empty text is none
constexpr bool is_control(char c) {    // DEL too; a tab is one
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
bool equals_in_any_case(std::string_view text, std::string_view lower);
std::string_view trimmed(std::string_view text);  // of spaces and tabs at both ends

// A path with its query, and %XX for what RFC 3986 lets stand in neither; a % that begins such a pair stays.
std::string percent_encoded(std::string_view target);

std::string base64(std::string_view bytes);  // RFC 4648, section 4

}  // namespace loadgen
