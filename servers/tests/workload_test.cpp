// What each request comes to: methods and targets into plans and replies.
#include "servers/workload.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <ostream>
#include <string>

#include "servers/reply.hpp"

#include "servers/date.hpp"

namespace servers {
namespace {

using namespace std::chrono_literals;

TEST(workload, a_ping_is_answered_at_once) {
    const plan planned = make_plan("GET", "/ping");
    EXPECT_TRUE(planned.immediate());
    EXPECT_EQ(planned.reply.status, 200U);
}

TEST(workload, a_task_has_the_parts_it_is_given) {
    const plan planned = make_plan("GET", "/task?wait_ms=50&block_ms=20&cpu_ms=10");
    EXPECT_EQ(planned.wait, 50ms);
    EXPECT_EQ(planned.block, 20ms);
    EXPECT_EQ(planned.compute, 10ms);
    EXPECT_FALSE(planned.immediate());
    EXPECT_EQ(planned.reply.body(), R"({"result":"Task Complete!"})");
    EXPECT_TRUE(make_plan("GET", "/task").immediate());
    EXPECT_TRUE(make_plan("GET", "/task?wait_ms=0").immediate());
}

TEST(workload, a_task_is_answered_with_as_many_bytes_as_it_asks_for) {
    EXPECT_EQ(make_plan("GET", "/task?bytes=1").reply.body(), "0");
    EXPECT_EQ(make_plan("GET", "/task?wait_ms=5&bytes=4").reply.body(), R"("xx")");
    EXPECT_EQ(make_plan("GET", "/task?bytes=16777216").reply.body().size(), most_bytes);
    EXPECT_EQ(make_plan("GET", "/task?bytes=16777217").reply.status, 400U);
    EXPECT_EQ(make_plan("GET", "/task?bytes=0").reply.body(), R"({"result":"Task Complete!"})");
}

TEST(workload, the_articles_task_waits_five_seconds) {
    EXPECT_EQ(make_plan("GET", "/async-task").wait, 5s);
    EXPECT_EQ(make_plan("GET", "/async-task").reply.body(), R"({"result":"Task Complete!"})");
}

TEST(workload, stats_are_left_to_the_server) {
    EXPECT_TRUE(make_plan("GET", "/stats").stats);
}

TEST(workload, a_target_may_be_absolute_or_escaped) {
    EXPECT_EQ(make_plan("GET", "http://127.0.0.1:80/task?wait_ms=7").wait, 7ms);
    EXPECT_EQ(make_plan("GET", "/t%61sk?wait%5Fms=%37").wait, 7ms);
}

TEST(workload, head_is_planned_like_get) {
    const plan planned = make_plan("HEAD", "/task?wait_ms=7");
    EXPECT_EQ(planned.wait, 7ms);
    EXPECT_TRUE(planned.reply.head);
    EXPECT_TRUE(make_plan("HEAD", "/elsewhere").reply.head);
}

TEST(workload, the_longest_wait_is_ten_minutes) {
    EXPECT_EQ(make_plan("GET", "/task?wait_ms=600000").wait, 10min);
    EXPECT_EQ(make_plan("GET", "/task?wait_ms=600001").reply.status, 400U);
}

struct faulty {
    const char* method;
    const char* target;
    unsigned status;
    const char* says;
};

void PrintTo(const faulty& what, std::ostream* out) {
    *out << what.method << ' ' << what.target;
}

class workload_fault : public testing::TestWithParam<faulty> {};

TEST_P(workload_fault, is_named) {
    const plan planned = make_plan(GetParam().method, GetParam().target);
    EXPECT_EQ(planned.reply.status, GetParam().status);
    EXPECT_NE(planned.reply.body().find(GetParam().says), std::string::npos) << planned.reply.body();
    EXPECT_TRUE(planned.immediate());
}

INSTANTIATE_TEST_SUITE_P(
    each, workload_fault,
    testing::Values(
        faulty{"GET", "/task?wait_ms=", 400, "wait_ms: ''"}, faulty{"GET", "/task?wait_ms", 400, "wait_ms"},
        faulty{"GET", "/task?wait_ms=-1", 400, "'-1'"}, faulty{"GET", "/task?wait_ms=1.5", 400, "'1.5'"},
        faulty{"GET", "/task?wait_ms=%2B1", 400, "'+1'"}, faulty{"GET", "/task?block_ms=1s", 400, "block_ms"},
        faulty{"GET", "/task?cpu_ms=99999999999999999999", 400, "cpu_ms"},
        faulty{"GET", "/task?wait_ms=1&wait_ms=1", 400, "more than once"},
        faulty{"GET", "/task?wait=1", 400, "unknown parameter 'wait'"},
        faulty{"GET", "/task?", 400, "unknown"}, faulty{"GET", "/ping?x=1", 400, "no parameters"},
        faulty{"GET", "", 400, "target"}, faulty{"GET", "*", 400, "target"},
        faulty{"GET", "/a b", 400, "target"}, faulty{"GET", "/%zz", 400, "target"},
        faulty{"GET", "/\xc3\xa9", 400, "target"}, faulty{"GET", "https://host/ping", 400, "target"},
        faulty{"GET", "ftp://host/ping", 400, "target"}, faulty{"GET", "http:/ping", 400, "target"},
        faulty{"GET", "HTtp:z/", 400, "target"}, faulty{"GET", "AOz:\xf0", 400, "target"},
        faulty{"GET", "/", 404, "unknown path"}, faulty{"GET", "/ping/", 404, "unknown path"},
        faulty{"GET", "/PING", 404, "unknown path"}, faulty{"POST", "/elsewhere", 404, "unknown path"},
        faulty{"POST", "/task", 405, "GET and HEAD"}, faulty{"DELETE", "/ping", 405, "GET and HEAD"},
        faulty{"BREW", "/task", 501, "BREW"}, faulty{"get", "/task", 501, "get"}));

TEST(workload, a_wrong_method_is_told_the_right_ones) {
    EXPECT_EQ(make_plan("PUT", "/task").reply.allow, "GET, HEAD");
}

TEST(workload, a_fault_repeats_only_so_much_of_what_it_was_sent) {
    EXPECT_LT(make_plan("GET", "/task?" + std::string(10'000, 'x')).reply.body().size(), 200U);
}

TEST(workload, a_user_in_a_target_and_a_target_without_a_host_are_refused) {
    for (const char* target : {"http://u:p@h/ping", "http://u@h/ping", "http://@h/ping", "http:///ping"}) {
        EXPECT_EQ(make_plan("GET", target).reply.status, 400U) << target;
    }
}

TEST(workload, options_may_ask_of_the_server_as_a_whole) {
    const plan planned = make_plan("OPTIONS", "*");
    EXPECT_EQ(planned.reply.status, 200U);
    EXPECT_EQ(planned.reply.allow, "GET, HEAD, OPTIONS");
    EXPECT_EQ(make_plan("GET", "*").reply.status, 400U);
}

// Cuts the Date out, which is another each second.
std::string undated(std::string wire) {
    const std::size_t at = wire.find("Date: ");
    if (at != std::string::npos) wire.erase(at, std::string_view("Date: \r\n").size() + date_bytes);
    return wire;
}

TEST(reply, is_rendered_whole) {
    std::string wire = "what was there before";
    render({.made = "{}"}, true, wire);
    EXPECT_EQ(undated(wire),
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: "
              "keep-alive\r\n\r\n{}");
    render({.status = 405, .made = "{}", .allow = "GET", .head = true}, false, wire);
    EXPECT_EQ(undated(wire),
              "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
              "Connection: close\r\nAllow: GET\r\n\r\n");
}

TEST(reply, escapes_what_a_message_quotes) {
    EXPECT_EQ(error_reply(400, "a \"b\"\n\x01").body(), "{\"error\":\"a \\\"b\\\"\\n\\u0001\"}");
}

TEST(reply, is_json_whatever_bytes_a_message_quotes) {
    EXPECT_EQ(error_reply(400, "a\xff\xc3\xa9").body(), R"({"error":"a???"})");
    EXPECT_EQ(make_plan("GET", "/task?%ff=1").reply.body(),
              R"({"error":"unknown parameter '?'; known are wait_ms, block_ms, cpu_ms, bytes"})");
}

TEST(reply, the_one_for_an_overload_has_the_length_it_says_and_a_date) {
    const fixed_reply fixed = overloaded_reply();
    const std::string_view wire = view_of(fixed);
    const std::size_t end_of_head = wire.find("\r\n\r\n");
    const std::size_t length = wire.find("Content-Length: ") + 16;
    EXPECT_EQ(wire.size() - end_of_head - 4, std::stoul(std::string(wire.substr(length, 2))));
    EXPECT_LT(wire.find("\r\nDate: "), end_of_head);
}

}  // namespace
}  // namespace servers
