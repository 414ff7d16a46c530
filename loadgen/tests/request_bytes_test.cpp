#include "loadgen/request_bytes.hpp"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

TEST(request_bytes, are_what_goes_over_the_wire) {
    EXPECT_EQ(
        request_bytes({.method = "GET", .host = "127.0.0.1:80", .headers = {}, .body = {}, .keep = true},
                      "/ping"),
        "GET /ping HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n");
    EXPECT_EQ(request_bytes(
                  {.method = "POST", .host = "h", .headers = {"X-A: b"}, .body = "body", .keep = false}, "/"),
              "POST / HTTP/1.1\r\nHost: h\r\nX-A: b\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody");
}

TEST(request_bytes, a_given_host_replaces_ours) {
    EXPECT_EQ(request_bytes(
                  {.method = "GET", .host = "h", .headers = {"hOsT: other"}, .body = {}, .keep = true}, "/"),
              "GET / HTTP/1.1\r\nhOsT: other\r\n\r\n");
}

TEST(request_bytes, a_header_cannot_smuggle_a_second_request) {
    for (const auto* header : {"X-A: b", "X-A:", "X-A: \tb:c", "X-A: \xC3\xA9"})
        EXPECT_EQ(fault_in_header(header), "") << header;
    for (const auto* header :
         {"", "no colon", ": empty name", "two words: x", "X-A: b\r\nX-B: c", "X-A: b\n c", "X-A: \x1B[0m",
          "X-A: \x7F", "X-\xC3\xA9: b", "Content-Length: 5", "transfer-encoding: chunked"})
        EXPECT_NE(fault_in_header(header), "") << header;
}

TEST(request_bytes, a_fresh_connection_is_announced_to_be_the_last_whatever_else_is_said_of_it) {
    const auto bytes = [](std::vector<std::string> headers) {
        return request_bytes(
            {.method = "GET", .host = "h", .headers = std::move(headers), .body = {}, .keep = false}, "/");
    };
    EXPECT_EQ(bytes({"Connection: TE"}),
              "GET / HTTP/1.1\r\nHost: h\r\nConnection: TE\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(bytes({"Connection: TE ,Close"}), "GET / HTTP/1.1\r\nHost: h\r\nConnection: TE ,Close\r\n\r\n");
}

TEST(request_bytes, headers_are_held_against_each_other_and_the_connection_mode) {
    const auto fault = [](std::vector<std::string> headers, bool keep) {
        return fault_in_headers(
            {.method = "GET", .host = "h", .headers = std::move(headers), .body = {}, .keep = keep});
    };
    EXPECT_NE(fault({"Host: a", "HOST: b"}, true), "");
    EXPECT_NE(fault({"Connection: x, close"}, true), "");
    EXPECT_NE(fault({"Connection: Keep-Alive"}, false), "");
    EXPECT_EQ(fault({"Host: a", "Connection: keep-alive", "X-Connection: close"}, true), "");
    EXPECT_EQ(fault({"Connection: close"}, false), "");
}

TEST(request_bytes, a_body_has_its_length_told_and_a_method_that_expects_one_tells_that_it_is_empty) {
    const auto bytes = [](std::string method, std::string body) {
        return request_bytes(
            {.method = std::move(method), .host = "h", .headers = {}, .body = std::move(body), .keep = true},
            "/");
    };
    for (const std::string method : {"POST", "PUT", "PATCH"})
        EXPECT_EQ(bytes(method, ""), method + " / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(bytes("DELETE", ""), "DELETE / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(bytes("DELETE", "ab"), "DELETE / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab");
}

TEST(request_bytes, the_fault_of_a_header_or_a_target_is_the_one_that_it_has) {
    for (const auto& [header, fault] :
         {std::pair("no colon", "is not 'Name: value'"), std::pair(": x", "is not 'Name: value'"),
          std::pair("a b: c", "has a name with a character"), std::pair("a: b\rc", "holds a line break"),
          std::pair("content-Length: 1", "would contradict --body")})
        EXPECT_TRUE(fault_in_header(header).starts_with(fault)) << header;
    EXPECT_EQ(fault_in_header("A: b"), "");
    EXPECT_TRUE(fault_in_target("/#a").starts_with("has a fragment"));
    EXPECT_EQ(fault_in_target("/a%20b?c"), "");
    EXPECT_TRUE(fault_in_target("/a b").ends_with("percent-encode it as /a%20b"));
}

TEST(request_bytes, an_option_of_connection_is_found_wherever_it_stands_in_the_list) {
    for (const auto* header :
         {"Connection:close", "Connection: close ,x", "Connection: x,\tclose", "connection:,close,"}) {
        const request_shape shape{
            .method = "GET", .host = "h", .headers = {header}, .body = {}, .keep = true};
        EXPECT_NE(fault_in_headers(shape), "") << header;
    }
    for (const auto* header : {"Connection: closed", "Connection: x close", "Connection:"}) {
        const request_shape shape{
            .method = "GET", .host = "h", .headers = {header}, .body = {}, .keep = true};
        EXPECT_EQ(fault_in_headers(shape), "") << header;
    }
}

}  // namespace
}  // namespace loadgen
