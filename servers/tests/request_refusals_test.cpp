// The shapes that are refused, and why.
#include "servers/request.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "servers/tests/fed_request.hpp"

namespace servers {
namespace {

TEST(request_refusals, of_another_major_version_is_505) {
    for (const char* version : {"2.0", "0.9", "3.0", "9.9"}) EXPECT_EQ(refused_with(with("", version)), 505U);
    for (const char* version : {"1", "1.", "11", "1.10", "1,1", "x.1", "1.1 "}) {
        EXPECT_EQ(refused_with(with("", version)), 400U) << version;
    }
}

TEST(request_refusals, a_folded_line_hides_nothing) {
    EXPECT_EQ(refused_with(with("X: y\r\n Content-Length: 5\r\n")), 400U);
    EXPECT_EQ(refused_with(with("X: y\r\n\tz\r\n")), 400U);
    EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nX: y\r\n Host: x\r\n\r\n"), 400U);
    EXPECT_EQ(refused_with(with("Transfer-Encoding: chunked\r\n") + "0\r\nX: y\r\n z\r\n\r\n"), 400U);
}

TEST(request_refusals, a_trailer_is_no_part_of_the_header) {
    incoming_request request(small);
    feed(request, with("Transfer-Encoding: chunked\r\n") +
                      "0\r\nConnection: close\r\nContent-Length: 9\r\nHost: y\r\n\r\n");
    ASSERT_TRUE(request.settled() && !request.refusal());
    EXPECT_TRUE(request.keep_alive());
}

TEST(request_refusals, a_length_must_be_one_number) {
    for (const char* headers :
         {"Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n",
          "Content-Length: 5, 5\r\n", "Content-Length: +5\r\n", "Content-Length: 0x5\r\n",
          "Content-Length: \r\n", "Content-Length: -5\r\n", "Content-Length: 99999999999999999999\r\n"}) {
        EXPECT_EQ(refused_with(with(headers) + "hello"), 400U) << headers;
    }
}

TEST(request_refusals, a_coding_must_be_chunked_and_alone) {
    const auto coded = [](std::string_view value) {
        return refused_with(with(std::string("Transfer-Encoding: ").append(value).append("\r\n")) +
                            "0\r\n\r\n");
    };
    EXPECT_EQ(coded("chunked"), 200U);
    EXPECT_EQ(coded("Chunked"), 200U);
    for (const char* value : {"gzip", "xchunked", "chunked1", "identity", "gzip, chunked"}) {
        EXPECT_EQ(coded(value), 501U) << value;
    }
    for (const char* value : {"chunked, identity", "chunked, chunked", "chunked, gzip", "chunked,",
                              ",chunked", "\"chunked\"", ""}) {
        EXPECT_EQ(coded(value), 400U) << value;
    }
    EXPECT_EQ(refused_with(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), 400U);
    EXPECT_EQ(refused_with(with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n")), 501U);
    EXPECT_EQ(refused_with(with("Transfer-Encoding: chunked\r\n", "1.0") + "0\r\n\r\n"), 400U);
}

TEST(request_refusals, a_length_and_a_coding_exclude_each_other) {
    EXPECT_EQ(refused_with(with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")), 400U);
    EXPECT_EQ(refused_with(with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")), 400U);
    EXPECT_EQ(refused_with(with("Content-Length: 5\r\nTransfer-Encoding: identity\r\n")), 400U);
}

TEST(request_refusals, needs_one_host_from_http_1_1_on) {
    EXPECT_EQ(refused_with("GET / HTTP/1.1\r\n\r\n"), 400U);
    EXPECT_EQ(refused_with("GET / HTTP/1.0\r\n\r\n"), 200U);
    EXPECT_EQ(refused_with(with("Host: y\r\n")), 400U);
    EXPECT_EQ(refused_with("GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n"), 400U);
    for (const char* host : {"a b", "user@h", "[::1", "h:x", "h/"}) {
        for (const char* version : {"1.0", "1.1"}) {
            EXPECT_EQ(refused_with(fmt::format("GET / HTTP/{}\r\nHost: {}\r\n\r\n", version, host)), 400U)
                << host;
        }
    }
}

TEST(request_refusals, what_is_none_is_refused) {
    using namespace std::string_literals;
    for (const std::string& bytes :
         {"\n\n"s, " GET / HTTP/1.1\r\n\r\n"s, "GET  / HTTP/1.1\r\n\r\n"s, "GET / HTTP\r\n\r\n"s,
          "GET /\r\n\r\n"s, "GET / HTTP/1.1\nHost: x\n\n"s, "GET / HTTP/1.1\r\nHost : x\r\n\r\n"s,
          "GET / HTTP/1.1\r\nHost: \0\r\n\r\n"s, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s}) {
        EXPECT_EQ(refused_with(bytes), 400U) << bytes;
    }
    for (const char* chunk : {"x\r\n", "-1\r\n", "5\r\nhelloX\r\n", "ffffffffffffffffff\r\n"}) {
        const unsigned status = refused_with(with("Transfer-Encoding: chunked\r\n") + chunk + "0\r\n\r\n");
        EXPECT_TRUE(status == 400 || status == 413) << chunk << status;
    }
}

TEST(request_refusals, a_refused_one_has_no_successor) {
    incoming_request request(small);
    feed(request, "nonsense\r\n\r\n");
    ASSERT_TRUE(request.refusal());
    EXPECT_FALSE(request.keep_alive());
    EXPECT_FALSE(request.is_last());
}

TEST(request_refusals, is_refused_for_the_fault_that_it_has) {
    const auto why = [](const std::string& bytes) {
        incoming_request request(small);
        feed(request, bytes);
        return request.refusal() ? std::string(request.refusal()->body()) : std::string();
    };
    const std::string chunked = with("Transfer-Encoding: chunked\r\n");
    for (const auto& [bytes, says] : {
             std::pair<std::string, const char*>("GET / HTTP/1.1\nHost: x\r\n\r\n",
                                                 "a carriage return and a line feed"),
             {"GET\r\n\r\n", "not an HTTP/1.1 or HTTP/1.0 request"},
             {"GET /\r\n\r\n", "not an HTTP/1.1 or HTTP/1.0 request"},
             {"G(T / HTTP/1.1\r\n\r\n", "the method is not a word"},
             {"GET  HTTP/1.1\r\n\r\n", "the target is not one word"},
             {"GET /a b HTTP/1.1\r\n\r\n", "the target is not one word"},
             {"GET / HTTP/11\r\n\r\n", "does not end in a version"},
             {"GET / HTTPS1.1\r\n\r\n", "does not end in a version"},
             {"GET / HTTP/x.1\r\n\r\n", "does not end in a version"},
             {"GET / HTTP/1.x\r\n\r\n", "does not end in a version"},
             {"GET / HTTP/1-1\r\n\r\n", "does not end in a version"},
             {with(" folded: x\r\n"), "folded"},
             {with("no colon\r\n"), "no colon"},
             {with("a b: c\r\n"), "a field's name is not a word"},
             {with(": c\r\n"), "a field's name is not a word"},
             {with("a: b\x01\r\n"), "control character"},
             {chunked + "11111111111111111\r\n", "no number that could be one"},
             {chunked + "1 1\r\n", "does not begin with its size"},
             {chunked + ";x\r\n", "does not begin with its size"},
             {chunked + "1;\x01\r\n", "does not begin with its size"},
             {chunked + "1\r\nxy\r\n", "a chunk is longer than it says"},
         }) {
        EXPECT_NE(why(bytes).find(says), std::string::npos) << bytes << why(bytes);
    }
}

TEST(request_refusals, a_chunks_size_has_up_to_sixteen_digits_and_its_extensions_may_stand_apart) {
    const auto chunk = [](std::string_view line) {
        return refused_with(with("Transfer-Encoding: chunked\r\n").append(line).append("\r\nx\r\n0\r\n\r\n"));
    };
    for (const char* line : {"1", "0000000000000001", "1;a", "1 ;a=b", "1\t; a", "1;"})
        EXPECT_EQ(chunk(line), 200U) << line;
    for (const char* line : {"00000000000000001", "1 ", "1 a", "1\ta;", "g"})
        EXPECT_NE(chunk(line), 200U) << line;
}

TEST(request_refusals, chunks_are_a_body_in_sum) {
    const auto chunks = [](const std::vector<std::size_t>& sizes) {
        std::string bytes = with("Transfer-Encoding: chunked\r\n");
        for (const std::size_t size : sizes)
            bytes += fmt::format("{:x}\r\n{}\r\n", size, std::string(size, 'x'));
        return refused_with(bytes + "0\r\n\r\n");
    };
    EXPECT_EQ(chunks({64}), 200U);
    EXPECT_EQ(chunks({65}), 413U);
    EXPECT_EQ(chunks({32, 32}), 200U);
    EXPECT_EQ(chunks({32, 33}), 413U);
    EXPECT_EQ(chunks({20, 20, 24}), 200U);
    EXPECT_EQ(chunks({20, 20, 25}), 413U);
}

TEST(request_refusals, a_refusal_of_head_has_no_body_either) {
    for (const char* method : {"HEAD", "GET"}) {
        incoming_request request(small);
        feed(request, fmt::format("{} / HTTP/1.1\r\n\r\n", method));
        ASSERT_TRUE(request.refusal());
        EXPECT_EQ(request.refusal()->head, method == std::string_view("HEAD"));
    }
}

TEST(request_refusals, what_is_too_long_is_told_so_whatever_else_is_wrong_with_it) {
    const std::string longer(small.header_bytes, 'x');
    EXPECT_EQ(refused_with(with(longer + "\r\n")), 431U) << "it has no colon either";
    EXPECT_EQ(refused_with("GET /" + longer + "\r\n"), 414U) << "it has no version either";
    EXPECT_EQ(refused_with(with("Transfer-Encoding: chunked\r\n") + "1 " + longer + "\r\n"), 431U);
}

}  // namespace
}  // namespace servers
