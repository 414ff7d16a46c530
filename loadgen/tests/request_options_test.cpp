#include "loadgen/request_options.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "loadgen/target.hpp"
#include "loadgen/tests/command_line.hpp"
#include "loadgen/tests/scripted_server.hpp"

namespace loadgen {
namespace {

using namespace tests;

TEST(request_options, targets_that_must_not_be_loaded_are_refused) {
    EXPECT_NE(mistakes_of({"ftp://127.0.0.1/"}).find("does not begin with http://, https:// or unix:"),
              std::string::npos);
    EXPECT_NE(mistakes_of({"http://192.0.2.1/"}).find("--allow-remote"), std::string::npos);
    EXPECT_EQ(mistakes_of({"--allow-remote", "http://192.0.2.1/"}), "");
    EXPECT_NE(mistakes_of({}).find("URL"), std::string::npos);
}

TEST(request_options, a_url_that_would_break_or_change_the_request_is_refused_with_what_to_write) {
    expect_mistake({"http://127.0.0.1/a b?c=\xC3\xA9"}, "percent-encode it as /a%20b?c=%C3%A9");
    expect_mistake({"http://127.0.0.1?a[]=|"}, "percent-encode it as ?a%5B%5D=%7C");
    expect_mistake({"http://127.0.0.1/%zz"}, "percent-encode it as /%25zz");
    expect_mistake({"http://127.0.0.1/a\r\nX: y"}, "percent-encode it as /a%0D%0AX:%20y");
    expect_mistake({"http://127.0.0.1/x#part"}, "fragment");
}

TEST(request_options, a_url_names_one_server) {
    for (const auto* url : {"http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://127.0.0.1:/"})
        expect_mistake({url}, "the port is not a number from 1 to 65535");
    for (const auto* url : {"http:/x", "http:///x", "http://:80/x"}) expect_mistake({url}, "names no host");
    for (const auto* url : {"127.0.0.1:80/x", "localhost:80/x", "http://a b/", "//127.0.0.1/"})
        expect_mistake({url}, "http://");
    const auto [value, mistakes] = parse({"HTTP://[::1]:8080/Path"});
    ASSERT_TRUE(mistakes.empty()) << mistakes.front();
    EXPECT_EQ(name_of(value.plan.server), "[::1]:8080");
    EXPECT_EQ(value.plan.classes.at(0).bytes, "GET /Path HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n");
}

TEST(request_options, of_a_hosts_addresses_the_one_that_listens_is_loaded) {
    const scripted_server server(reply_always(std::string(ok_reply)));
    auto nobody = server.endpoint();
    nobody.port(1);
    EXPECT_EQ(first_that_accepts({nobody, server.endpoint()}), server.endpoint());
    EXPECT_EQ(first_that_accepts({nobody, nobody}), nobody);
}

TEST(request_options, a_body_may_be_a_file) {
    const std::string path = testing::TempDir() + "loadgen_body";
    const std::string content("\0\r\n\xC3\xA9", 5);
    std::ofstream(path, std::ios::binary) << content;
    const auto body_of = [](const std::string& text) {
        const auto [value, mistakes] = parse({"-m", "POST", "--body", text.c_str(), "http://127.0.0.1/"});
        if (!mistakes.empty()) return mistakes.front();
        const auto& bytes = value.plan.classes.at(0).bytes;
        return bytes.substr(bytes.find("Content-Length"));
    };
    EXPECT_EQ(body_of("@" + path), "Content-Length: 5\r\n\r\n" + content);
    std::remove(path.c_str());
    EXPECT_EQ(body_of("@" + path),
              "--body @" + path +
                  ": cannot be read (No such file or directory); a text that begins with @ "
                  "is written '@@" +
                  path + "'");
    EXPECT_EQ(body_of("@@x"), "Content-Length: 2\r\n\r\n@x");
    EXPECT_EQ(body_of("\xC3\xA9@"), "Content-Length: 3\r\n\r\n\xC3\xA9@");
    EXPECT_EQ(body_of(""), "Content-Length: 0\r\n\r\n");
    EXPECT_NE(body_of("@/").find("cannot be read"), std::string::npos) << "a folder";
    EXPECT_NE(body_of("@/dev/zero").find("holds more than 64 MiB"), std::string::npos);
}

TEST(request_options, headers_that_contradict_the_flags_are_refused) {
    expect_mistake({"-H", "Host: a", "-H", "host: b", "http://127.0.0.1/"}, "Host is given more than once");
    expect_mistake({"-H", "Connection: Close", "http://127.0.0.1/"}, "use --connection-mode fresh");
    expect_mistake({"--fresh", "-H", "connection: keep-alive", "http://127.0.0.1/"}, "contradicts fresh");
    expect_mistake({"-m", "CONNECT", "http://127.0.0.1/"}, "--method CONNECT");
    EXPECT_EQ(mistakes_of({"--fresh", "-H", "Connection: close", "http://127.0.0.1/"}), "");
    EXPECT_EQ(mistakes_of({"-H", "Expect: 100-continue", "--body", "x", "http://127.0.0.1/"}), "");
}

TEST(request_options, a_user_in_the_url_is_sent_as_basic_authorisation_unless_a_header_says_otherwise) {
    const auto bytes_of = [](std::vector<const char*> arguments) {
        const auto parsed = parse(std::move(arguments));
        EXPECT_TRUE(parsed.mistakes.empty());
        return parsed.value.plan.classes.at(0).bytes;
    };
    EXPECT_EQ(bytes_of({"http://user:secr%3At@127.0.0.1/"}),
              "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic dXNlcjpzZWNyOnQ=\r\n\r\n");
    EXPECT_EQ(bytes_of({"-H", "authorization: Bearer x", "http://user:secret@127.0.0.1/"}),
              "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nauthorization: Bearer x\r\n\r\n");
}

TEST(request_options, https_is_of_the_host_that_the_url_names) {
    const auto plan = parse({"https://127.0.0.1/x"}).value.plan;
    ASSERT_TRUE(plan.tls);
    EXPECT_EQ(plan.tls->host, "127.0.0.1");
    EXPECT_FALSE(plan.tls->is_insecure);
    EXPECT_EQ(name_of(plan.server), "127.0.0.1:443");
    EXPECT_TRUE(parse({"--insecure", "https://127.0.0.1:8443/"}).value.plan.tls->is_insecure);
    EXPECT_FALSE(parse({"http://127.0.0.1/"}).value.plan.tls);
}

TEST(request_options, a_unix_socket_is_a_server_and_its_target_follows) {
    const auto plan_of = [](const char* url) { return parse({url}).value.plan; };
    EXPECT_EQ(name_of(plan_of("unix:/run/a:b.sock:/task?wait_ms=5").server), "unix:/run/a:b.sock");
    EXPECT_EQ(plan_of("unix:/run/a:b.sock:/task?wait_ms=5").classes.at(0).bytes,
              "GET /task?wait_ms=5 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(plan_of("unix:/run/s").classes.at(0).target, "/");
    EXPECT_EQ(plan_of("unix:/run/s:/get?url=http://x/").classes.at(0).target, "/get?url=http://x/");
    expect_mistake({"unix:run/s:/"}, "is not of the form unix:/SOCKET:/PATH");
    expect_mistake({"unix:/run/s:/a b"}, "percent-encode it as /a%20b");
    expect_mistake({("unix:/" + std::string(107, 'x') + ":/").c_str()}, "more than 107 bytes");
}

struct file_of_test {
    const std::string path = testing::TempDir() + "request_options_test_" + std::to_string(::getpid());
    explicit file_of_test(const std::string& text) { std::ofstream(path) << text; }
    ~file_of_test() { std::remove(path.c_str()); }
};

TEST(request_options, targets_of_a_file_take_turns) {
    const file_of_test file("/a\n  /b?x=1  # the second\n\n/c\r\n");
    const auto [value, mistakes] = parse({"--targets", file.path.c_str(), "http://127.0.0.1"});
    ASSERT_TRUE(mistakes.empty()) << mistakes.front();
    const auto& all = value.plan.classes.at(0);
    const auto line = [&](std::uint64_t request) { return all.bytes_of(request).substr(0, 10); };
    EXPECT_EQ(line(0), "GET /a HTT");
    EXPECT_EQ(line(1), "GET /b?x=1");
    EXPECT_EQ(line(2), "GET /c HTT");
    EXPECT_EQ(line(3), line(0));
    expect_mistake({"--targets", file.path.c_str(), "http://127.0.0.1/x"},
                   "with --mix or --targets it has no path");
    expect_mistake({"--targets", "/no/such", "http://127.0.0.1"}, "--targets /no/such: cannot be read");
    const file_of_test wrong("/a\nhttp://b/\n");
    expect_mistake({"--targets", wrong.path.c_str(), "http://127.0.0.1"},
                   "line 2: the target 'http://b/' does not");
    const file_of_test empty("# nothing\n");
    expect_mistake({"--targets", empty.path.c_str(), "http://127.0.0.1"}, "has nothing in it");
    const auto body = "--body=" + std::string(20'000, 'x');
    std::string lines;
    for (int i = 0; i < 100'000; ++i) lines += "/\n";
    const file_of_test many(lines);
    expect_mistake({"--targets", many.path.c_str(), "-m", "POST", body.c_str(), "http://127.0.0.1"},
                   "100000 of them, with a --body of 20000 bytes each, take more than 1 GiB");
    std::ofstream(many.path, std::ios::app) << "/\n";
    expect_mistake({"--targets", many.path.c_str(), "http://127.0.0.1"},
                   "line 100001: more than 100000 targets");
}

TEST(request_options, what_a_reply_should_be_is_said_by_its_status_and_its_body) {
    const auto [value, mistakes] =
        parse({"--expect-status", "302,4xx", "--expect-body", "Complete", "http://127.0.0.1"});
    ASSERT_TRUE(mistakes.empty()) << mistakes.front();
    const auto& expected = value.plan.expected;
    EXPECT_TRUE(expected.accepts(404, expected.body.feed(0, "Task Complete!")));
    EXPECT_FALSE(expected.accepts(200, expected.body.feed(0, "Task Complete!")));
    EXPECT_FALSE(expected.accepts(302, 0));
    expect_mistake({"--expect-status", "20", "http://127.0.0.1"},
                   "--expect-status 20: is not a list such as");
    expect_mistake({"--expect-body", "x", "-m", "HEAD", "http://127.0.0.1"},
                   "--expect-body: the reply to a HEAD");
    expect_mistake({"--expect-body", "@/no/such", "http://127.0.0.1"},
                   "--expect-body @/no/such: cannot be read");
    expect_mistake({"--expect-body", "@/dev/null", "http://127.0.0.1"}, "@/dev/null: is empty");
}

}  // namespace
}  // namespace loadgen
