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

}  // namespace
}  // namespace loadgen
