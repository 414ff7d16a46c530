#include "loadgen/expectation.hpp"

#include <algorithm>
#include <utility>

namespace loadgen {

text_search::text_search(std::string text) : text_(std::move(text)), longest_(text_.size() + 1, 0) {
    for (std::size_t i = 1; i < text_.size(); ++i) {
        auto length = longest_[i];
        while (length > 0 && text_[i] != text_[length]) length = longest_[length];
        longest_[i + 1] = text_[i] == text_[length] ? length + 1 : 0;
    }
}

std::size_t text_search::feed(std::size_t matched, std::string_view piece) const {
    for (std::size_t i = 0; i < piece.size() && matched < text_.size(); ++i) {
        while (matched > 0 && piece[i] != text_[matched]) matched = longest_[matched];
        if (piece[i] == text_[matched]) ++matched;
    }
    return matched;
}

std::bitset<expectation::statuses_end> expectation::range_of(unsigned hundred) {
    std::bitset<statuses_end> result;
    for (unsigned status = hundred; status < hundred + 100; ++status) result.set(status);
    return result;
}

std::optional<std::bitset<expectation::statuses_end>> parse_statuses(std::string_view text) {
    std::bitset<expectation::statuses_end> result;
    for (;;) {
        const auto end = std::min(text.find(','), text.size());
        const auto one = text.substr(0, end);
        if (one.size() != 3 || one[0] < '1' || one[0] > '5') return std::nullopt;
        const auto hundred = static_cast<unsigned>(one[0] - '0') * 100;
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        if (one.substr(1) == "xx")
            result |= expectation::range_of(hundred);
        else if (is_digit(one[1]) && is_digit(one[2]))
            result.set(hundred + static_cast<unsigned>(one[1] - '0') * 10 +
                       static_cast<unsigned>(one[2] - '0'));
        else
            return std::nullopt;
        if (end == text.size()) return result;
        text.remove_prefix(end + 1);
    }
}

}  // namespace loadgen
