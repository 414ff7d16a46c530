#include "loadgen/checker.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "loadgen/http_text.hpp"

namespace loadgen {

void checker::label(std::string_view flag, const std::string& text) {
    boost::json::error_code fault;  // JSON's reader knows what is UTF-8
    boost::json::parse(boost::json::serialize(boost::json::value(text)), fault);
    require(
        !fault && std::ranges::none_of(text, is_control),
        fmt::format("{} '{}': holds a line break or another control character, or is not UTF-8", flag, text));
}

// In one line, whatever the value holds that is quoted in it; and once, where both sides of a duel have it.
void checker::note(std::string mistake) {
    std::ranges::replace_if(mistake, is_control, '?');
    if (std::ranges::find(mistakes_, mistake) == mistakes_.end()) mistakes_.push_back(std::move(mistake));
}

}  // namespace loadgen
