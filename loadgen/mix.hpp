// The mix: named request classes with weights, and which class each request of the schedule belongs to.
// Pure. The sequence depends on the weights, the count and the seed alone, so two servers get the very same
// requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace loadgen {

struct request_class {
    std::string name;
    std::uint32_t weight = 1;
    std::string target;  // origin form: "/task?wait_ms=500"
    std::string bytes;   // the whole request as it goes over the wire, prepared once
    // Those of further targets, which take turns with the first; null: there are none. Shared, as each slice
    // of a duel has a plan of its own.
    std::shared_ptr<const std::vector<std::string>> further{};

    const std::string& bytes_of(std::uint64_t request) const {
        const auto turn = further ? static_cast<std::size_t>(request % (further->size() + 1)) : 0;
        return turn == 0 ? bytes : (*further)[turn - 1];
    }
};

// "short=80:/ping". Returns the fault in words instead of a class when the text is not of that form.
struct parsed_class {
    std::optional<request_class> value;
    std::string fault;
};
parsed_class parse_class(std::string_view text);

class class_sequence {
public:
    // `count` requests are divided exactly by the weights (largest remainder, ties to the earlier class) and
    // shuffled. Without a count a block of at least 1,000 requests is, and repeats.
    class_sequence(const std::vector<request_class>& classes, std::optional<std::uint64_t> count,
                   std::uint64_t seed);

    std::uint16_t class_of(std::uint64_t request) const {
        return pattern_.empty() ? std::uint16_t{0}
                                : pattern_[static_cast<std::size_t>(request % pattern_.size())];
    }
    std::uint64_t requests_of(std::uint16_t request_class, std::uint64_t count) const;

private:
    std::vector<std::uint8_t> pattern_;  // empty where there is one class
};

inline constexpr std::size_t most_classes = 64;

}  // namespace loadgen
