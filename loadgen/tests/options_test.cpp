#include "loadgen/options.hpp"

#include <gtest/gtest.h>

#include <string>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

parsed_options parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "loadgen");
    return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

std::string mistakes_of(std::vector<const char*> arguments) {
    std::string text;
    for (const auto& mistake : parse(std::move(arguments)).mistakes) text += mistake + "\n";
    return text;
}

TEST(options, defaults_are_the_100_request_comparison) {
    const auto [value, mistakes] = parse({"http://127.0.0.1:8080/async-task"});
    EXPECT_TRUE(mistakes.empty());
    EXPECT_EQ(value.plan.load.requests, 100U);
    EXPECT_EQ(value.plan.connections, 100U);
    EXPECT_EQ(value.plan.load.arrivals, arrivals::closed);
    EXPECT_GT(value.plan.timeout, 100 * 5s);
    EXPECT_EQ(value.plan.server.port(), 8080);
    EXPECT_EQ(value.plan.classes.at(0).target, "/async-task");
}

TEST(options, short_flags_are_those_people_know) {
    const auto [value, mistakes] = parse({"-d", "2s", "-c", "10", "-t", "2", "-R", "1000", "-m", "POST", "-H",
                                          "X-A: b", "http://127.0.0.1:81/x"});
    ASSERT_TRUE(mistakes.empty()) << mistakes.front();
    EXPECT_EQ(value.plan.load.duration, 2s);
    EXPECT_FALSE(value.plan.load.requests);
    EXPECT_EQ(value.plan.threads, 2U);
    EXPECT_EQ(value.plan.load.arrivals, arrivals::constant);
    EXPECT_EQ(value.plan.classes.at(0).bytes.substr(0, 6), "POST /");
    EXPECT_NE(value.plan.classes.at(0).bytes.find("X-A: b\r\n"), std::string::npos);
}

TEST(options, a_mix_gives_each_class_its_bytes) {
    const auto [value, mistakes] = parse(
        {"--fresh", "--mix", "short=80:/ping", "--mix", "long=20:/task?wait_ms=500", "http://127.0.0.1:81"});
    ASSERT_TRUE(mistakes.empty()) << mistakes.front();
    ASSERT_EQ(value.plan.classes.size(), 2U);
    EXPECT_EQ(value.plan.classes[1].bytes,
              "GET /task?wait_ms=500 HTTP/1.1\r\nHost: 127.0.0.1:81\r\nConnection: close\r\n\r\n");
}

TEST(options, every_mistake_is_reported_at_once_and_names_its_flag) {
    const auto text = mistakes_of({"-n", "0", "-c", "x", "--timeout", "1y", "--what", "--mix", "a=1", "--key",
                                   "colour=red", "ftp://h/"});
    for (const auto* flag : {"--requests 0", "--connections x", "--timeout 1y", "--what", "--mix 'a=1'",
                             "--key colour=red", "ftp://h/"})
        EXPECT_NE(text.find(flag), std::string::npos) << flag << " in\n" << text;
}

TEST(options, contradictions_are_refused) {
    EXPECT_NE(mistakes_of({"-n", "5", "-d", "1s", "http://127.0.0.1/"}), "");
    EXPECT_NE(mistakes_of({"-n", "5", "-c", "6", "http://127.0.0.1/"}), "");
    EXPECT_NE(mistakes_of({"-c", "1", "-t", "2", "http://127.0.0.1/"}), "");
    EXPECT_NE(mistakes_of({"--arrivals", "poisson", "http://127.0.0.1/"}), "");
    EXPECT_NE(mistakes_of({"--fresh", "--connection-mode", "kept", "http://127.0.0.1/"}), "");
    EXPECT_NE(mistakes_of({"--mix", "a=1:/x", "http://127.0.0.1/path"}), "");
}

TEST(options, targets_that_must_not_be_loaded_are_refused) {
    EXPECT_NE(mistakes_of({"https://127.0.0.1/"}).find("https is not supported"), std::string::npos);
    EXPECT_NE(mistakes_of({"http://192.0.2.1/"}).find("--allow-remote"), std::string::npos);
    EXPECT_EQ(mistakes_of({"--allow-remote", "http://192.0.2.1/"}), "");
    EXPECT_NE(mistakes_of({}).find("URL"), std::string::npos);
}

}  // namespace
}  // namespace loadgen
