// Bytes into requests, whole and in pieces, and how long each part may be.
#include "servers/request.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>

#include "servers/tests/fed_request.hpp"

namespace servers {
namespace {

TEST(request, is_idle_until_its_first_byte) {
    incoming_request request(small);
    EXPECT_TRUE(request.idle());
    feed(request, "G");
    EXPECT_FALSE(request.idle());
    EXPECT_FALSE(request.settled());
}

TEST(request, may_come_in_pieces_of_any_size) {
    const std::string bytes =
        with("Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\nTrailer: t\r\n\r\n";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        incoming_request request(small);
        EXPECT_EQ(feed(request, bytes, piece), bytes.size()) << piece;
        ASSERT_TRUE(request.settled()) << piece;
        EXPECT_FALSE(request.refusal()) << piece;
        EXPECT_EQ(request.method(), "GET");
        EXPECT_EQ(request.target(), "/ping");
        EXPECT_TRUE(request.keep_alive());
    }
}

TEST(request, reads_in_larger_pieces_only_where_its_client_fills_them) {
    const auto room_after = [](std::size_t first) {
        incoming_request request({.header_bytes = 8192, .body_bytes = 64});
        const auto room = request.room();
        EXPECT_EQ(room.size(), 256U);
        std::memset(room.data(), 'G', first);
        request.received(first);
        return request.room().size();
    };
    EXPECT_EQ(room_after(256), 1024U);
    EXPECT_EQ(room_after(255), 256U);
}

TEST(request, may_end_in_a_last_chunk_that_comes_in_pieces) {
    for (const std::string body : {"0\r\n\r\n", "0\r\nX: y\r\n\r\n", "3\r\n0\r\n\r\n0\r\n\r\n"}) {
        for (std::size_t piece = 1; piece <= body.size(); ++piece) {
            incoming_request request(small);
            feed(request, with("Transfer-Encoding: chunked\r\n"));
            EXPECT_EQ(feed(request, body, piece), body.size()) << body << piece;
            EXPECT_TRUE(request.settled() && !request.refusal()) << body << piece;
        }
    }
}

TEST(request, those_read_together_follow_each_other) {
    incoming_request request(small);
    feed(request, with("") + with("Connection: close\r\n"));
    ASSERT_TRUE(request.settled());
    EXPECT_TRUE(request.has_more());
    EXPECT_TRUE(request.keep_alive());
    request.next();
    ASSERT_TRUE(request.settled());
    EXPECT_FALSE(request.has_more());
    EXPECT_TRUE(request.is_last());
}

TEST(request, the_last_one_is_known_by_its_version_and_connection_header) {
    const auto keeps = [](const std::string& bytes) {
        incoming_request request(small);
        feed(request, bytes);
        return request.keep_alive();
    };
    EXPECT_TRUE(keeps(with("")));
    EXPECT_FALSE(keeps(with("Connection: close\r\n")));
    EXPECT_FALSE(keeps(with("", "1.0")));
    EXPECT_TRUE(keeps(with("Connection: keep-alive\r\n", "1.0")));
    // Whatever else is said, close is the last word (RFC 9112 section 9.3).
    for (const char* version : {"1.0", "1.1"}) {
        EXPECT_FALSE(keeps(with("Connection: close, keep-alive\r\n", version))) << version;
        EXPECT_FALSE(keeps(with("Connection: keep-alive, CLOSE\r\n", version))) << version;
        EXPECT_FALSE(keeps(with("Connection: keep-alive\r\nConnection: close\r\n", version))) << version;
    }
}

TEST(request, of_a_later_minor_version_is_one_of_http_1_1) {
    for (const char* version : {"1.2", "1.9"}) {
        EXPECT_EQ(refused_with(with("", version)), 200U);
        EXPECT_EQ(refused_with("GET / HTTP/1.2\r\n\r\n"), 400U) << "needs a Host too";
    }
}

TEST(request, may_come_after_empty_lines) {
    const std::string bytes = "\r\n\r\n" + with("");
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        incoming_request request(small);
        EXPECT_EQ(feed(request, bytes, piece), bytes.size()) << piece;
        EXPECT_TRUE(request.settled() && !request.refusal()) << piece;
    }
}

TEST(request, is_idle_whatever_empty_lines_have_come_and_they_are_limited) {
    incoming_request request(small);
    feed(request, with("Content-Length: 2\r\n") + "{}\r\n");
    ASSERT_TRUE(request.settled());
    EXPECT_FALSE(request.has_more());
    request.next();
    EXPECT_TRUE(request.idle());
    feed(request, "\r");
    EXPECT_TRUE(request.idle());
    std::string endless;
    for (int i = 0; i < 1000; ++i) endless += "\r\n";
    EXPECT_NE(refused_with(endless), 0U);
}

TEST(request, asks_to_continue_once_and_only_before_its_body) {
    incoming_request waits(small);
    feed(waits, with("Expect: 100-continue\r\nContent-Length: 2\r\n"));
    EXPECT_TRUE(waits.wants_continue());
    EXPECT_FALSE(waits.wants_continue());
    incoming_request sends(small);
    feed(sends, with("Expect: 100-continue\r\nContent-Length: 2\r\n") + "{}");
    EXPECT_FALSE(sends.wants_continue());
}

TEST(request, a_header_may_be_as_long_as_its_limit_and_no_longer) {
    const std::string frame = with("X: \r\n");
    const std::string fits = with("X: " + std::string(small.header_bytes - frame.size(), 'x') + "\r\n");
    ASSERT_EQ(fits.size(), small.header_bytes);
    const std::string exceeds =
        with("X: " + std::string(small.header_bytes - frame.size() + 1, 'x') + "\r\n");
    for (const std::size_t piece : {1U, 7U, 100U, 1000U}) {
        incoming_request good(small);
        feed(good, fits, piece);
        EXPECT_TRUE(good.settled() && !good.refusal()) << piece;
        incoming_request bad(small);
        feed(bad, exceeds, piece);
        ASSERT_TRUE(bad.settled() && bad.refusal()) << piece;
        EXPECT_EQ(bad.refusal()->status, 431U) << piece;
    }
}

TEST(request, a_header_as_long_as_its_limit_that_has_not_ended_is_refused_whatever_its_pieces) {
    std::string endless = with("X: ").substr(0, with("X: ").size() - 2);
    endless.resize(small.header_bytes, 'x');
    for (std::size_t piece = 1; piece <= endless.size(); ++piece) {
        incoming_request request(small);
        EXPECT_EQ(feed(request, endless, piece), endless.size()) << piece;
        ASSERT_TRUE(request.settled() && request.refusal()) << piece;
        EXPECT_EQ(request.refusal()->status, 431U) << piece;
    }
}

TEST(request, many_short_headers_are_limited_as_one_long_is) {
    std::string headers;
    for (int i = 0; i < 200; ++i) headers += "A: b\r\n";
    EXPECT_EQ(refused_with(with(headers)), 431U);
}

TEST(request, a_body_may_be_as_long_as_its_limit_and_no_longer) {
    EXPECT_EQ(refused_with(with("Content-Length: 64\r\n") + std::string(64, 'x')), 200U);
    EXPECT_EQ(refused_with(with("Content-Length: 65\r\n")), 413U);
    EXPECT_EQ(refused_with(with("Content-Length: 18446744073709551615\r\n")), 413U);
    EXPECT_EQ(
        refused_with(with("Transfer-Encoding: chunked\r\n") + "20\r\n" + std::string(32, 'x') + "\r\n21\r\n"),
        413U);
}

TEST(request, a_target_that_is_too_long_is_414_and_a_method_501) {
    const std::string longer(small.header_bytes, 'x');
    EXPECT_EQ(refused_with("GET /" + longer + " HTTP/1.1\r\nHost: x\r\n\r\n"), 414U);
    EXPECT_EQ(refused_with("GET /" + longer), 414U);
    EXPECT_EQ(refused_with(longer + " / HTTP/1.1\r\nHost: x\r\n\r\n"), 501U);
    EXPECT_EQ(refused_with(std::string(longer.size(), '(')), 400U);
    // What fits is the fields' fault.
    const std::string target(small.header_bytes - 100, 'x');
    EXPECT_EQ(refused_with("GET /" + target + " HTTP/1.1\r\nHost: x\r\nX: " + longer + "\r\n\r\n"), 431U);
}

TEST(request, chunk_extensions_may_be_as_long_as_the_limit_in_sum_and_no_longer) {
    const auto extended = [](std::size_t length, std::size_t chunks) {
        std::string bytes = with("Transfer-Encoding: chunked\r\n");
        for (std::size_t i = 0; i < chunks; ++i) bytes += "1;" + std::string(length - 1, 'x') + "\r\nx\r\n";
        return bytes + "0\r\n\r\n";
    };
    EXPECT_EQ(refused_with(extended(small.header_bytes - 2, 1)), 200U);  // the end has two bytes
    EXPECT_EQ(refused_with(extended(small.header_bytes + 1, 1)), 431U);
    EXPECT_EQ(refused_with(extended(small.header_bytes / 4, 3)), 200U);
    EXPECT_EQ(refused_with(extended(small.header_bytes / 4, 5)), 431U);
    EXPECT_EQ(refused_with(extended(2, 60)), 200U);
}

TEST(request, many_chunks_are_no_extensions) {
    request_limits limits = small;
    limits.body_bytes = 10'000;
    incoming_request request(limits);
    std::string bytes = with("Transfer-Encoding: chunked\r\n");
    for (int i = 0; i < 10'000; ++i) bytes += "1\r\nx\r\n";
    feed(request, bytes + "0\r\n\r\n");
    EXPECT_TRUE(request.settled() && !request.refusal());
}

TEST(request, trailers_may_be_as_long_as_the_limit_in_sum_and_no_longer) {
    const auto trailed = [](std::size_t length, std::string_view before) {
        std::string bytes = with("Transfer-Encoding: chunked\r\n").append(before).append("0\r\n");
        return bytes + "X: " + std::string(length - 7, 'x') + "\r\n\r\n";
    };
    EXPECT_EQ(refused_with(trailed(small.header_bytes, "")), 200U);
    EXPECT_EQ(refused_with(trailed(small.header_bytes + 1, "")), 431U);
    EXPECT_EQ(refused_with(trailed(small.header_bytes - 10, "1;x\r\nx\r\n")), 200U);
    EXPECT_EQ(refused_with(trailed(small.header_bytes, "1;x\r\nx\r\n")), 431U);
}

TEST(request, endless_chunk_extensions_and_trailers_are_refused) {
    EXPECT_EQ(refused_with(with("Transfer-Encoding: chunked\r\n") + "1;" + std::string(100'000, 'x')), 431U);
    std::string trailers = with("Transfer-Encoding: chunked\r\n") + "0\r\n";
    for (int i = 0; i < 20'000; ++i) trailers += "A: b\r\n";
    EXPECT_EQ(refused_with(trailers), 431U);
}

TEST(request, the_next_one_begins_with_nothing_of_the_last) {
    incoming_request request(small);
    const std::string close = "Connection: close\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n";
    const std::string longest(small.header_bytes - with("X: \r\n").size(), 'x');
    feed(request, "POST /a HTTP/1.0\r\n\r\n");
    for (const std::string& bytes :
         {with(close) + std::string("40\r\n") + std::string(64, 'x') + "\r\n0\r\n\r\n",
          with("X: " + longest + "\r\n"), with("Content-Length: 64\r\n") + std::string(64, 'x')}) {
        request.next();
        EXPECT_TRUE(request.idle());
        EXPECT_EQ(request.method(), "");
        EXPECT_EQ(request.target(), "");
        EXPECT_EQ(feed(request, bytes), bytes.size());
        EXPECT_TRUE(request.settled() && !request.refusal());
        EXPECT_EQ(request.keep_alive(), bytes.find("close") == std::string::npos);
    }
}

TEST(request, asks_to_continue_only_what_expects_it_by_its_name_from_http_1_1_on) {
    const auto asks = [](const std::string& bytes) {
        incoming_request request(small);
        feed(request, bytes);
        return request.wants_continue();
    };
    const std::string length = "Content-Length: 2\r\n";
    EXPECT_TRUE(asks(with("Expect: 100-CONTINUE\r\n" + length)));
    EXPECT_TRUE(asks(with("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n")));
    EXPECT_FALSE(asks(with("Expect: 200-ok\r\n" + length)));
    EXPECT_FALSE(asks(with("Expect: 100-continue\r\n" + length, "1.0")));
    EXPECT_FALSE(asks(with("Expect: 100-continue\r\n"))) << "it has no body";
    EXPECT_FALSE(asks("GET / HTTP/1.1\r\nExpect: 100-continue\r\n")) << "its header has not ended";
}

}  // namespace
}  // namespace servers
