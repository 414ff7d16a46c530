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
    EXPECT_EQ(fault_in_header("X-A: b"), "");
    for (const auto* header :
         {"", "no colon", ": empty name", "two words: x", "X-A: b\r\nX-B: c", "Content-Length: 5"})
        EXPECT_NE(fault_in_header(header), "") << header;
}

}  // namespace
}  // namespace loadgen
