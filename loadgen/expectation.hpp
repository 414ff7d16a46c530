// Which complete replies are `ok`: those of an expected status whose body holds an expected text. A redirect
// is a reply like any other; it is never followed.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace loadgen {

// Finds a text in what arrives in pieces (Knuth, Morris and Pratt, SIAM Journal on Computing 6, 1977).
class text_search {
public:
    explicit text_search(std::string text = {});

    // How much of the text the pieces so far end with, given how much those before did; all of it once found.
    std::size_t feed(std::size_t matched, std::string_view piece) const;
    bool is_found(std::size_t matched) const { return matched == text_.size(); }
    bool is_empty() const { return text_.empty(); }

private:
    std::string text_;
    std::vector<std::size_t> longest_;  // by length matched: the longest end of it that the text begins with
};

struct expectation {
    static constexpr unsigned statuses_end = 600;

    std::bitset<statuses_end> statuses = range_of(200);
    text_search body;

    bool accepts(unsigned status, std::size_t body_matched) const {
        return status < statuses_end && statuses.test(status) && body.is_found(body_matched);
    }
    static std::bitset<statuses_end> range_of(unsigned hundred);  // 200: all from 200 to 299
};

// "200", "2xx", "200,204,3xx". Nothing where the text is not of that form.
std::optional<std::bitset<expectation::statuses_end>> parse_statuses(std::string_view text);

}  // namespace loadgen
