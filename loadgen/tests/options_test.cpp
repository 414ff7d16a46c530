#include "loadgen/options.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "loadgen/process.hpp"
#include "loadgen/tests/command_line.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using namespace tests;

TEST(options, defaults_are_the_100_request_comparison) {
    const auto [value, mistakes] = parse({"http://127.0.0.1:8080/async-task"});
    EXPECT_TRUE(mistakes.empty());
    EXPECT_EQ(value.plan.load.requests, 100U);
    EXPECT_EQ(value.plan.connections, 100U);
    EXPECT_EQ(value.plan.load.arrivals, arrivals::closed);
    EXPECT_EQ(value.plan.timeout, 30s);
    EXPECT_EQ(name_of(value.plan.server), "127.0.0.1:8080");
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

TEST(options, threads_that_never_sleep_have_a_core_each) {
    const auto busy = [](unsigned threads) {
        const auto text = std::to_string(threads);
        return parse({"--busy-poll", "-c", "256", "-n", "256", "-t", text.c_str(), "http://127.0.0.1:1"});
    };
    EXPECT_TRUE(busy(1).mistakes.empty());
    EXPECT_TRUE(busy(1).value.plan.busy_poll);
    ASSERT_EQ(busy(own_cores() + 1).mistakes.size(), 1U);
    EXPECT_EQ(busy(own_cores() + 1).mistakes.front().find("--busy-poll: keeps a core busy for each of "), 0U);
}

TEST(options, a_mix_is_bounded_and_so_is_the_memory_that_its_threads_take) {
    const auto mistakes_of_mix = [](std::size_t classes, const char* threads) {
        std::vector<std::string> mix;
        for (std::size_t i = 0; i < classes; ++i) mix.push_back("--mix=c" + std::to_string(i) + "=1:/ping");
        std::vector<const char*> flags{"-c", "100", "-t", threads, "http://127.0.0.1"};
        for (const auto& flag : mix) flags.push_back(flag.c_str());
        return mistakes_of(flags);
    };
    EXPECT_EQ(mistakes_of_mix(64, "16"), "");
    EXPECT_EQ(mistakes_of_mix(65, "1"), "--mix: 65 classes are more than 64\n");
    EXPECT_NE(mistakes_of_mix(64, "17").find("64 classes in each of 17 threads"), std::string::npos);
}

TEST(options, the_client_is_this_generator_unless_told_otherwise) {
    EXPECT_EQ(parse({"http://127.0.0.1"}).value.keys.client, "loadgen");
    EXPECT_EQ(parse({"--key", "client=other", "http://127.0.0.1"}).value.keys.client, "other");
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

TEST(options, names_that_go_into_the_files_are_lines_of_text) {
    expect_mistake({"--mix", "a\nb=1:/", "http://127.0.0.1"}, "--mix name 'a?b'");
    expect_mistake({"--mix", "\xFF=1:/", "http://127.0.0.1"}, "is not UTF-8");
    expect_mistake({"--key", "suite=a\rb", "http://127.0.0.1"}, "--key 'suite=a?b'");
    for (const auto* key : {"suite", "suite=", "repetition=", "pinned="})
        expect_mistake({"--key", key, "http://127.0.0.1"}, "is not NAME=VALUE");
    expect_mistake({"--key", "suite=a", "--key", "suite=b", "http://127.0.0.1"}, "more than once");
    const auto [value, mistakes] =
        parse({"--mix", "a,\"\xC3\xA9\"=1:/", "--key", "suite=a=b, \"c\"", "http://127.0.0.1"});
    ASSERT_TRUE(mistakes.empty()) << mistakes.front();
    EXPECT_EQ(value.keys.suite, "a=b, \"c\"");
}

TEST(options, an_empty_value_is_not_a_flag_left_out) {
    for (const auto* flag : {"--rate", "--duration", "--output", "--mix", "--header", "--connection-mode"})
        EXPECT_NE(mistakes_of({flag, "", "http://127.0.0.1/"}).find(flag), std::string::npos) << flag;
}

constexpr const char* baseline_url = "http://127.0.0.1:81/a";

TEST(options, versus_makes_a_duel_of_two_plans_that_differ_in_their_server_alone) {
    const auto [value, mistakes] =
        parse({"--versus", "http://127.0.0.1:82/b?x=1", "-d", "4s", "-c", "64", "--server-pid", "1",
               "--versus-pid", "2", "--seed", "9", "-H", "X-A: b", baseline_url});
    ASSERT_TRUE(mistakes.empty()) << mistakes.front();
    EXPECT_EQ(value.action, action::duel);
    EXPECT_EQ(value.duel.length, 4s);
    EXPECT_EQ(value.duel.slice, 50ms);
    EXPECT_EQ(value.duel.warm_up, 250ms);
    EXPECT_EQ(value.duel.seed, 9U);
    const auto& [baseline, candidate] = value.duel.of_side;
    EXPECT_EQ(name_of(baseline.server), "127.0.0.1:81");
    EXPECT_EQ(name_of(candidate.server), "127.0.0.1:82");
    EXPECT_EQ(baseline.server_pid, 1);
    EXPECT_EQ(candidate.server_pid, 2);
    EXPECT_EQ(candidate.connections, 64U);
    EXPECT_EQ(candidate.classes.at(0).name, baseline.classes.at(0).name);
    EXPECT_EQ(candidate.classes.at(0).bytes, "GET /b?x=1 HTTP/1.1\r\nHost: 127.0.0.1:82\r\nX-A: b\r\n\r\n");
    const auto other = parse({"--versus", baseline_url, "-d", "1s", "--slice", "20ms", "--warm-up", "0",
                              "--server-pid", "1", baseline_url});
    ASSERT_TRUE(other.mistakes.empty()) << other.mistakes.front();
    EXPECT_EQ(other.value.duel.slice, 20ms);
    EXPECT_EQ(other.value.duel.warm_up, 0ms);
    EXPECT_FALSE(other.value.duel.of_side[1].server_pid) << "--server-pid is the baseline's";
}

TEST(options, what_a_duel_lacks_or_does_not_go_with_is_a_line_each) {
    const auto expect_refused = [](std::vector<const char*> flags, const std::string& saying) {
        flags.insert(flags.end(), {"--versus", "http://127.0.0.1:82/", baseline_url});
        expect_mistake(std::move(flags), saying);
    };
    expect_refused({}, "--versus: needs -d");
    expect_refused({"-n", "5"}, "--versus: needs -d");
    expect_refused({"-n", "5", "-d", "1s"}, "-n and -d");
    expect_refused({"-d", "1s", "--hdr", "x"}, "--hdr");
    expect_refused({"-d", "1s", "--ideal", "1s"}, "--ideal");
    expect_refused({"-d", "1s", "--rows-cap", "5"}, "--rows-cap");
    expect_refused({"-d", "1s", "--key", "variant=x"}, "--key variant=x");
    expect_refused({"-d", "1s", "--slice", "1us"}, "--slice 1us: is less than 1ms");
    expect_refused({"-d", "1h", "--slice", "1ms"}, "more than 100000 slices");
    expect_refused({"-d", "1s", "--warm-up", "x"}, "--warm-up x");
    expect_refused({"-d", "1s", "--versus-pid", "0"}, "--versus-pid 0");
    expect_mistake({"--versus", baseline_url, "--calibrate"}, "--calibrate: brings its own server");
    expect_mistake({"--versus", "ftp://h/", "-d", "1s", baseline_url}, "--versus 'ftp://h/'");
    expect_mistake({"--versus", baseline_url, "-d", "1s", "--mix", "a=1:/x", "http://127.0.0.1:81"},
                   "--versus 'http://127.0.0.1:81/a': with --mix or --targets it has no path");
    expect_mistake({"--versus", baseline_url, "-d", "1s", "-H", "Connection: close", baseline_url},
                   "use --connection-mode fresh");
    for (const auto* flag : {"--slice", "--versus-pid"})
        expect_mistake({flag, "5", baseline_url}, std::string(flag) + ": needs --versus");
}

TEST(options, a_condition_that_cannot_be_held_against_a_run_is_refused) {
    EXPECT_EQ(parse({"--fail-if", "p99>50ms", "--fail-if", "errors>1%", "http://127.0.0.1"})
                  .value.conditions.size(),
              2U);
    expect_mistake({"--fail-if", "p98>1ms", "http://127.0.0.1"}, "--fail-if p98>1ms: 'p98' is no number of");
}

TEST(options, a_kept_connection_may_have_so_many_requests) {
    EXPECT_EQ(
        parse({"--requests-per-connection", "7", "http://127.0.0.1"}).value.plan.requests_per_connection, 7U);
    expect_mistake({"--requests-per-connection", "7", "--fresh", "http://127.0.0.1"},
                   "--requests-per-connection: fresh connections have one request each");
}

TEST(options, a_warm_up_is_of_one_server_too) {
    EXPECT_EQ(parse({"--warm-up", "2s", "http://127.0.0.1"}).value.plan.warm_up, 2s);
    EXPECT_EQ(parse({"--warm-up", "0", "http://127.0.0.1"}).value.plan.warm_up, 0s);
    expect_mistake({"--warm-up", "x", "http://127.0.0.1"}, "--warm-up x");
}

}  // namespace
}  // namespace loadgen
