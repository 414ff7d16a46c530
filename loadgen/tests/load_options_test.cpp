#include "loadgen/load_options.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

struct checked {
    plan value;
    std::vector<std::string> mistakes;
};

checked checked_load(const raw_options& raw) {
    checked result;
    checker check(result.mistakes);
    check_load(raw, check, result.value);
    return result;
}

checked of_stages(const std::string& stages) {
    raw_options raw;
    raw.stages = stages;
    return checked_load(raw);
}

TEST(load_options, stages_are_rates_for_a_time_each) {
    const auto [value, mistakes] = of_stages("10s:100,500ms:100-2000,1m:0.5");
    ASSERT_TRUE(mistakes.empty()) << mistakes.front();
    EXPECT_EQ(value.load.duration, 70'500ms);
    EXPECT_FALSE(value.load.requests);
    EXPECT_EQ(value.load.arrivals, arrivals::constant);
    EXPECT_DOUBLE_EQ(value.load.rate.due_by(10.5), 1000 + 525);
    EXPECT_DOUBLE_EQ(value.load.rate.highest_rps(), 2000);
}

TEST(load_options, what_are_no_stages_is_refused_part_by_part) {
    for (const auto* part :
         {"10s", "10s:", ":100", "10s:100-", "10s:-100", "0s:100", "10s:x", "10s:1e9", "10x:1"}) {
        const auto found = of_stages(part);
        ASSERT_EQ(found.mistakes.size(), 1U) << part;
        EXPECT_EQ(found.mistakes.front().find("--stages '" + std::string(part) + "': is not TIME:RATE"), 0U)
            << part;
    }
    EXPECT_EQ(of_stages("10s:0").mistakes,
              std::vector<std::string>{"--stages 10s:0: has no rate above zero"});
    EXPECT_EQ(of_stages("20h:1,20h:1").mistakes.size(), 1U);
    std::string many;
    for (int i = 0; i < 1001; ++i) many += "1s:1,";
    EXPECT_EQ(of_stages(many).mistakes,
              std::vector<std::string>{"--stages: 1001 of them are more than 1000"});
}

TEST(load_options, who_gives_up_may_ask_again_in_an_open_loop) {
    raw_options raw;
    EXPECT_EQ(checked_load(raw).value.retries, 0U);
    raw.retries = "2";
    ASSERT_EQ(checked_load(raw).mistakes.size(), 1U);
    EXPECT_EQ(checked_load(raw).mistakes.front().find("--retries: needs --rate or --stages"), 0U);
    raw.rate = "100";
    EXPECT_TRUE(checked_load(raw).mistakes.empty());
    EXPECT_EQ(checked_load(raw).value.retries, 2U);
    raw.retries = "101";
    EXPECT_EQ(checked_load(raw).mistakes.size(), 1U);
}

TEST(load_options, stages_have_times_and_rates_of_their_own) {
    for (const auto member : {&raw_options::rate, &raw_options::requests, &raw_options::duration}) {
        raw_options raw;
        raw.stages = "10s:100";
        raw.*member = "5";
        ASSERT_EQ(checked_load(raw).mistakes.size(), 1U);
        EXPECT_EQ(checked_load(raw).mistakes.front().find("--stages: has rates and times of its own"), 0U);
    }
}

checked of_file(const std::string& text) {
    const auto path = testing::TempDir() + "load_options_test_" + std::to_string(::getpid());
    std::ofstream(path) << text;
    raw_options raw;
    raw.arrivals = "@" + path;
    auto result = checked_load(raw);
    std::remove(path.c_str());
    return result;
}

TEST(load_options, arrivals_may_be_a_files) {
    const auto [value, mistakes] = of_file("0\n10ms\r\n # a comment\n10ms\n0.5  # seconds\n");
    ASSERT_TRUE(mistakes.empty()) << mistakes.front();
    EXPECT_EQ(value.load.arrivals, arrivals::replayed);
    EXPECT_EQ(value.load.requests, 4U);
    EXPECT_EQ(*value.load.replay, (instants{0ms, 10ms, 10ms, 500ms}));
    EXPECT_DOUBLE_EQ(value.load.rate.highest_rps(), 8) << "the mean";
}

TEST(load_options, a_file_of_something_else_is_refused_with_its_line) {
    for (const auto& [text, words] : {std::pair("0\nsoon\n", "line 2: 'soon' is not a time since the start"),
                                      std::pair("0\n\n2\n1.5\n", "line 4: '1.5' is before the line above it"),
                                      std::pair("# nothing\n", "has nothing in it")}) {
        const auto found = of_file(text);
        ASSERT_EQ(found.mistakes.size(), 1U) << text;
        EXPECT_NE(found.mistakes.front().find(words), std::string::npos) << found.mistakes.front();
    }
    raw_options raw;
    raw.arrivals = "@/no/such";
    EXPECT_EQ(checked_load(raw).mistakes,
              std::vector<std::string>{"--arrivals @/no/such: cannot be read (No such file or directory)"});
}

}  // namespace
}  // namespace loadgen
