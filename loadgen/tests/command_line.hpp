// Command lines: what they come to, and the mistakes in them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "loadgen/options.hpp"

namespace loadgen::tests {

inline parsed_options parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "loadgen");
    return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

inline std::string mistakes_of(std::vector<const char*> arguments) {
    std::string text;
    for (const auto& mistake : parse(std::move(arguments)).mistakes) text += mistake + "\n";
    return text;
}

// Expects one line, and that it says this.
inline void expect_mistake(std::vector<const char*> arguments, const std::string& saying) {
    const auto text = mistakes_of(std::move(arguments));
    EXPECT_NE(text.find(saying), std::string::npos) << saying << " in\n" << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

}  // namespace loadgen::tests
