// The flags: defaults, values, and a line for every mistake.
#include "servers/options.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace servers {
namespace {

using namespace std::chrono_literals;

constexpr model_flags blocking{.program = "b", .summary = "s", .thread_per_request = true, .offload = false};
constexpr model_flags async{.program = "a", .summary = "s", .thread_per_request = false, .offload = true};

TEST(options, have_defaults) {
    const parsed_options parsed = parse_options(blocking, {});
    EXPECT_TRUE(parsed.mistakes.empty());
    EXPECT_TRUE(parsed.help.empty());
    EXPECT_EQ(parsed.chosen.address, "127.0.0.1");
    EXPECT_EQ(parsed.chosen.threads, 0U);
    EXPECT_EQ(parsed.chosen.backlog, 4096);
    EXPECT_EQ(parse_options(async, {}).chosen.threads, 1U);
}

TEST(options, are_read) {
    const options chosen = parse_options(blocking, {"--address", "::1",
                                                    "--port=0",  "--threads",
                                                    "8",         "--max-connections",
                                                    "10",        "--max-header-bytes",
                                                    "1000",      "--max-body-bytes",
                                                    "0",         "--read-timeout",
                                                    "500ms",     "--write-timeout",
                                                    "2s",        "--idle-timeout",
                                                    "3m",        "--linger-timeout",
                                                    "100ms",     "--drain-timeout",
                                                    "30s",       "--backlog",
                                                    "128",       "--handicap-ns",
                                                    "700"})
                               .chosen;
    EXPECT_EQ(chosen.address, "::1");
    EXPECT_TRUE(parse_options(blocking, {"--address", "127.0.0.2"}).mistakes.empty());
    EXPECT_EQ(chosen.port, 0);
    EXPECT_EQ(chosen.threads, 8U);
    EXPECT_EQ(chosen.max_connections, 10U);
    EXPECT_EQ(chosen.max_header_bytes, 1000U);
    EXPECT_EQ(chosen.max_body_bytes, 0U);
    EXPECT_EQ(chosen.read_timeout, 500ms);
    EXPECT_EQ(chosen.write_timeout, 2s);
    EXPECT_EQ(chosen.idle_timeout, 3min);
    EXPECT_EQ(chosen.linger_timeout, 100ms);
    EXPECT_EQ(chosen.drain_timeout, 30s);
    EXPECT_EQ(chosen.backlog, 128);
    EXPECT_EQ(chosen.handicap, 700ns);
    EXPECT_EQ(parse_options(blocking, {"--threads", "per-request"}).chosen.threads, 0U);
    EXPECT_EQ(parse_options(async, {"--threads", "2", "--offload", "4"}).chosen.offload, 4U);
}

TEST(options, a_unix_socket_has_a_path_that_the_system_can_hold) {
    const auto is_taken = [](std::size_t bytes) {
        return parse_options(blocking, {"--address", "unix:/" + std::string(bytes - 1, 'x')})
            .mistakes.empty();
    };
    EXPECT_TRUE(is_taken(1));
    EXPECT_TRUE(is_taken(107));
    EXPECT_FALSE(is_taken(108));
    EXPECT_FALSE(parse_options(blocking, {"--address", "unix:x"}).mistakes.empty());
}

TEST(options, every_mistake_has_a_line_that_names_its_flag) {
    const parsed_options parsed = parse_options(async, {"--port", "70000", "--threads", "0", "--read-timeout",
                                                        "5", "--address", "localhost", "--bogus"});
    ASSERT_EQ(parsed.mistakes.size(), 5U);
    for (const char* flag : {"--port", "--threads", "--read-timeout", "--address", "--bogus"}) {
        std::size_t named = 0;
        for (const std::string& line : parsed.mistakes) named += line.starts_with(flag) ? 1U : 0U;
        EXPECT_EQ(named, 1U) << flag;
    }
    for (const std::string& line : parsed.mistakes) EXPECT_EQ(line.find('\n'), std::string::npos) << line;
}

TEST(options, a_model_has_only_its_own) {
    EXPECT_EQ(parse_options(blocking, {"--offload", "1"}).mistakes.size(),
              2U);  // the flag and its orphaned value
    EXPECT_EQ(parse_options(async, {"--threads", "per-request"}).mistakes.size(), 1U);
}

TEST(options, few_threads_may_keep_connections) {
    EXPECT_FALSE(parse_options(blocking, {"--threads", "8"}).chosen.keep);
    EXPECT_TRUE(parse_options(blocking, {"--threads", "8", "--keep"}).chosen.keep);
    const auto each = parse_options(blocking, {"--keep"}).mistakes;
    ASSERT_EQ(each.size(), 1U);
    EXPECT_TRUE(each.front().starts_with("--keep: ")) << each.front();
    EXPECT_EQ(parse_options(async, {"--keep"}).mistakes.size(), 1U);
}

TEST(options, times_need_a_unit_and_have_bounds) {
    for (const char* text :
         {"", "s", "1", "-1s", "1h", "1.5s", "0ms", "61m", "99999999999999999999ms", "1 s"}) {
        EXPECT_EQ(parse_options(async, {std::string("--read-timeout=") + text}).mistakes.size(), 1U) << text;
    }
}

TEST(options, a_handicap_is_off_unless_asked_for_and_has_bounds) {
    EXPECT_EQ(parse_options(async, {}).chosen.handicap, 0ns);
    EXPECT_EQ(parse_options(async, {"--handicap-ns", "0"}).chosen.handicap, 0ns);
    for (const char* text : {"-1", "1us", "1000000001", ""}) {
        EXPECT_EQ(parse_options(async, {std::string("--handicap-ns=") + text}).mistakes.size(), 1U) << text;
    }
    EXPECT_NE(parse_options(blocking, {"--help"}).help.find("--handicap-ns"), std::string::npos);
}

TEST(options, noticing_who_leaves_is_off_and_only_of_servers_that_can) {
    constexpr model_flags cancelling{
        .program = "a", .summary = "s", .thread_per_request = false, .offload = true, .cancels = true};
    EXPECT_FALSE(parse_options(cancelling, {}).chosen.cancel_abandoned);
    EXPECT_TRUE(parse_options(cancelling, {"--cancel-abandoned"}).chosen.cancel_abandoned);
    EXPECT_EQ(parse_options(blocking, {"--cancel-abandoned"}).mistakes.size(), 1U);
}

TEST(options, a_missing_value_is_a_mistake) {
    EXPECT_EQ(parse_options(async, {"--port"}).mistakes.size(), 1U);
}

TEST(options, help_lists_every_flag) {
    const std::string help = parse_options(blocking, {"--help"}).help;
    for (const char* flag : {"--threads", "--max-connections", "--drain-timeout", "per-request"}) {
        EXPECT_NE(help.find(flag), std::string::npos) << flag;
    }
    EXPECT_EQ(help.find("--offload"), std::string::npos);
}

TEST(options, the_tick_follows_the_shortest_limit) {
    EXPECT_EQ(options{}.tick(), 250ms);
    EXPECT_EQ((options{.read_timeout = 60ms}.tick()), 15ms);
    EXPECT_EQ((options{.read_timeout = 1ms}.tick()), 10ms);
}

TEST(options, numbers_have_bounds_and_may_be_as_much) {
    struct bound {
        const char* flag;
        std::uint64_t least, most;
    };
    for (const auto& [flag, least, most] :
         {bound{"--port", 0, 65535}, bound{"--threads", 1, 20'000}, bound{"--offload", 0, 1024},
          bound{"--backlog", 1, 65535}, bound{"--max-connections", 1, 1'000'000},
          bound{"--max-header-bytes", 64, 1'048'576}, bound{"--max-body-bytes", 0, 1'073'741'824},
          bound{"--db-connections", 1, 1000}, bound{"--handicap-ns", 0, 1'000'000'000}}) {
        const auto mistakes = [flag = flag](std::uint64_t value) {
            return parse_options(async, {flag, std::to_string(value)}).mistakes;
        };
        EXPECT_TRUE(mistakes(least).empty()) << flag;
        EXPECT_TRUE(mistakes(most).empty()) << flag;
        EXPECT_EQ(mistakes(most + 1).size(), 1U) << flag;
        if (least > 0) {
            EXPECT_EQ(mistakes(least - 1).size(), 1U) << flag;
        }
        for (const char* text : {"1x", "x", "-1", ""}) {
            EXPECT_EQ(parse_options(async, {std::string(flag) + "=" + text}).mistakes.size(), 1U)
                << flag << text;
        }
    }
}

TEST(options, a_time_is_at_most_an_hour_in_any_unit) {
    for (const char* text : {"60m", "3600s", "3600000ms", "1ms"}) {
        EXPECT_TRUE(parse_options(async, {"--read-timeout", text}).mistakes.empty()) << text;
    }
    for (const char* text : {"61m", "3601s", "3600001ms", "5h", "5ss", "18446744073709552ms"}) {
        EXPECT_EQ(parse_options(async, {"--read-timeout", text}).mistakes.size(), 1U) << text;
    }
}

TEST(options, help_tells_the_defaults) {
    const std::string help = parse_options(async, {"--help"}).help;
    for (const char* fallback : {"--idle-timeout TIME=60s ", "--linger-timeout TIME=1s ",
                                 "--max-connections N=16384 ", "--threads N=1 "}) {
        EXPECT_NE(help.find(fallback), std::string::npos) << fallback;
    }
}

TEST(options, each_event_loop_needs_a_connection_to_the_database) {
    const auto mistakes = [](const model_flags& model, const char* connections, const char* database) {
        return parse_options(model, {"--threads", "3", "--db-connections", connections, "--db", database})
            .mistakes;
    };
    EXPECT_TRUE(mistakes(async, "2", "").empty()) << "without a database nothing is divided";
    for (const std::string& line : mistakes(async, "3", "host=h")) {
        EXPECT_EQ(line.find("--db-connections"), std::string::npos) << line;
    }
    const auto too_few = mistakes(async, "2", "host=h");
    EXPECT_NE(too_few.back().find("2 cannot be divided over 3 event loops"), std::string::npos);
    for (const std::string& line : mistakes(blocking, "2", "host=h")) {
        EXPECT_EQ(line.find("--db-connections"), std::string::npos) << line;
    }
}

TEST(options, the_shortest_limit_is_that_of_any_wait_and_a_tick_is_half_a_second_at_most) {
    EXPECT_EQ((options{.read_timeout = 90ms}.shortest_limit()), 90ms);
    EXPECT_EQ((options{.write_timeout = 90ms}.shortest_limit()), 90ms);
    EXPECT_EQ((options{.idle_timeout = 90ms}.shortest_limit()), 90ms);
    EXPECT_EQ((options{.linger_timeout = 90ms}.shortest_limit()), 90ms);
    EXPECT_EQ((options{.linger_timeout = 1h}.tick()), 500ms);
}

}  // namespace
}  // namespace servers
