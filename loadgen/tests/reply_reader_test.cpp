// Bytes into replies: every framing, in every pair of pieces and byte by byte, and what is refused.
#include "loadgen/reply_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "loadgen/tests/reply_in_pieces.hpp"

namespace loadgen {
namespace {

using namespace tests;

std::string fields(const std::string& lines, const std::string& version = "1.1") {
    return "HTTP/" + version + " 200 OK\r\n" + lines + "\r\n";
}

// What came of a reply, which is the same however it is cut.
reading read(const std::string& bytes, bool is_head = false, reply_limits limits = {}) {
    const auto whole = read_in_pieces(
        bytes, is_head, [&] { return bytes.size(); }, limits);
    EXPECT_EQ(read_in_pieces(
                  bytes, is_head, [] { return 1; }, limits),
              whole)
        << bytes.substr(0, 100);
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        const auto first_and_rest = [cut, &bytes, first = true]() mutable {
            return std::exchange(first, false) ? cut : bytes.size();
        };
        EXPECT_EQ(read_in_pieces(bytes, is_head, first_and_rest, limits), whole)
            << bytes.substr(0, 100) << " cut at " << cut;
    }
    return whole;
}

reading complete(const std::string& bytes, bool keep_alive = true, unsigned status = 200) {
    return {progress::complete, progress::complete, status, bytes.size(), keep_alive};
}
reading complete_at_its_end(const std::string& bytes) {
    return {progress::incomplete, progress::complete, 200, bytes.size(), false};
}

void expect_malformed(const std::string& bytes, reply_limits limits = {}) {
    const auto result = read(bytes, false, limits);
    EXPECT_EQ(result.before_end, progress::malformed) << bytes.substr(0, 100);
    EXPECT_EQ(result.at_end, progress::malformed) << bytes.substr(0, 100);
    EXPECT_FALSE(result.keep_alive);
}

TEST(reply_reader, a_length_ends_a_reply) {
    for (const auto& bytes : {fields("Content-Length: 2\r\n") + "hi", fields("Content-Length: 0\r\n"),
                              fields("content-LENGTH:\t2 \r\n") + std::string("\0\n", 2),
                              fields("Content-Length: 2\r\nX: \xC3\xA9\r\n\tfolded\r\nY:\r\n") + "hi",
                              fields("Content-Length: 2\r\nContent-Length: 2\r\n") + "hi",
                              fields("Content-Length: 2, 2\r\n") + "hi"})
        EXPECT_EQ(read(bytes), complete(bytes)) << bytes;
}

TEST(reply_reader, a_last_chunk_ends_a_reply) {
    for (const std::string body :
         {"0\r\n\r\n", "2\r\nhi\r\n0\r\n\r\n", "00002 ;x=\"y\"\r\nhi\r\nA\r\n0123456789\r\n0;z\r\n\r\n",
          "2\r\nhi\r\n0\r\nContent-Length: 9\r\nTrailer:\r\n\r\n"}) {
        const auto bytes = fields("Transfer-Encoding: chunked\r\n") + body;
        EXPECT_EQ(read(bytes), complete(bytes)) << body;
        EXPECT_EQ(read(fields("Transfer-Encoding: gzip, \r\n Chunked\r\n") + body).at_end,
                  progress::complete);
    }
}

TEST(reply_reader, without_either_the_connections_end_does) {
    for (const auto& bytes : {fields("") + "until the end", fields("", "1.0") + "until the end",
                              fields("Transfer-Encoding: gzip\r\n") + "until the end", fields("")})
        EXPECT_EQ(read(bytes), complete_at_its_end(bytes)) << bytes;
}

TEST(reply_reader, an_end_in_the_middle_completes_nothing) {
    for (const auto& bytes :
         {std::string("H"), std::string("HTTP/1.1 200 OK\r\nX: y\r\n"),
          fields("Content-Length: 3\r\n") + "hi", fields("Transfer-Encoding: chunked\r\n"),
          fields("Transfer-Encoding: chunked\r\n") + "2\r\nhi\r\n",
          fields("Transfer-Encoding: chunked\r\n") + "0\r\nX: y\r\n",
          fields("Content-Length: 18446744073709551615\r\n") + "hi",
          fields("Transfer-Encoding: chunked\r\n") + "ffffffffffffffff\r\nhi"}) {
        const auto result = read(bytes);
        EXPECT_EQ(result.at_end, progress::incomplete) << bytes;
        EXPECT_EQ(result.bytes, bytes.size());
    }
}

TEST(reply_reader, some_replies_have_no_body_whatever_their_header_says) {
    for (const auto* status : {"204", "304"}) {
        const auto bytes = "HTTP/1.1 " + std::string(status) + " No\r\nContent-Length: 5\r\n\r\n";
        EXPECT_EQ(read(bytes), complete(bytes, true, static_cast<unsigned>(std::stoi(status))));
        expect_malformed(bytes + "hello");
    }
    for (const auto& bytes :
         {fields("Content-Length: 5\r\n"), fields("Transfer-Encoding: chunked\r\n"), fields("")})
        EXPECT_EQ(read(bytes, true), complete(bytes));
}

TEST(reply_reader, tells_whether_the_connection_goes_on) {
    const auto keeps = [](const std::string& connection, const std::string& version = "1.1") {
        return read(fields(connection + "Content-Length: 0\r\n", version)).keep_alive;
    };
    EXPECT_TRUE(keeps(""));
    EXPECT_TRUE(keeps("", "1.2"));
    EXPECT_TRUE(keeps("Connection: closed, not-close\r\nX-Connection: close\r\n"));
    EXPECT_FALSE(keeps("Connection: Close\r\n"));
    EXPECT_FALSE(keeps("connection: keep-alive ,,\r\n\tclose\r\n"));
    EXPECT_FALSE(keeps("", "1.0"));
    EXPECT_TRUE(keeps("Connection: keep-alive\r\n", "1.0"));
}

TEST(reply_reader, interim_replies_come_before_the_final_one) {
    const std::string interim = "HTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\nConnection: close\r\n\r\n";
    const std::string final = fields("Content-Length: 2\r\n") + "hi";
    std::string bytes = interim + final;
    EXPECT_EQ(read(bytes), complete(bytes));
    EXPECT_EQ(read(interim).at_end, progress::incomplete);
    bytes.clear();
    for (unsigned i = 0; i < reply_limits{}.interim_replies; ++i) bytes += interim;
    EXPECT_EQ(read(bytes + final), complete(bytes + final));
    expect_malformed(bytes + interim);
}

// The server speaks another protocol from then on, though nobody asked it to.
TEST(reply_reader, switching_protocols_is_final) {
    const std::string bytes = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n";
    EXPECT_EQ(read(bytes), complete(bytes, false, 101));
    EXPECT_EQ(read(bytes + "\x01\x02"), complete(bytes, false, 101));
}

TEST(reply_reader, lines_may_end_and_statuses_may_be_written_as_other_clients_read_them) {
    for (const std::string bytes :
         {"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi",
          "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi"})
        EXPECT_EQ(read(bytes), complete(bytes)) << bytes;
    EXPECT_EQ(read("HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n").status, 999U);
}

TEST(reply_reader, bytes_behind_the_end_are_malformed) {
    for (const auto* surplus : {"x", "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
        const auto bytes = fields("Content-Length: 2\r\n") + "hi";
        expect_malformed(bytes + surplus);
        EXPECT_EQ(read(bytes + surplus).bytes, bytes.size() + 1);
        expect_malformed(fields("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n" + surplus);
    }
}

// Another protocol's greeting: its line may never end, and a client that waits for it waits for its timeout.
TEST(reply_reader, what_is_not_http_is_told_by_its_first_bytes) {
    for (const auto& bytes : {std::string("SSH-2.0-OpenSSH_9.2"), std::string("\x15\x03\x03\x00\x02", 5),
                              std::string("\0\0\x12\x04\0\0\0\0\0", 9), std::string("HTTP/2 200"),
                              std::string("\r\n"), std::string("<html>")})
        expect_malformed(bytes);
}

TEST(reply_reader, a_header_that_makes_no_sense_is_malformed) {
    for (const auto* status :
         {"HTTP/1.1200 OK", "HTTP/1.1  200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 099 OK",
          "HTTP/1.1 2x0 OK", "HTTP/1.1 200\tOK", "HTTP/1.", "HTTP/1.10 200 OK", "HTTP/1.1 -20 OK"})
        expect_malformed(std::string(status) + "\r\n");
    for (const auto* field : {"no colon", ": no name", "X : y", "X\xC3: y", "X: \r y", "X: \x7f", "X: \x01"})
        expect_malformed("HTTP/1.1 200 OK\r\n" + std::string(field) + "\r\n");
    // Told as soon as it is seen: the line may never end.
    for (const auto& line :
         {std::string("X: \0", 4), std::string("X: \x7f"), std::string("X: \ry"), std::string("\r\r")})
        expect_malformed("HTTP/1.1 200 OK\r\n" + line);
}

TEST(reply_reader, a_body_whose_end_is_in_doubt_is_malformed) {
    for (const auto* doubt :
         {"Content-Length: 2\r\nContent-Length: 3\r\n", "Content-Length: 2, 3\r\n",
          "Content-Length: 2\r\n 3\r\n", "Content-Length:\r\n", "Content-Length: -1\r\n",
          "Content-Length: +1\r\n", "Content-Length: 0x1\r\n", "Content-Length: 18446744073709551616\r\n",
          "Content-Length: 2,\r\n", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "Transfer-Encoding: chunked, identity\r\n",
          "Transfer-Encoding: Chunked ;x=y\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"})
        expect_malformed(fields(doubt));
    expect_malformed(fields("Transfer-Encoding: chunked\r\n", "1.0"));
}

TEST(reply_reader, a_chunk_that_makes_no_sense_is_malformed) {
    for (const auto* body : {"\r\n", "x\r\n", "-1\r\n", "0x1\r\n", "10000000000000000\r\n", "1 2\r\n",
                             "2\r\nhix", "2\r\nhi\rx\n", "0\r\nno colon\r\n", "0\r\n\rx"})
        expect_malformed(fields("Transfer-Encoding: chunked\r\n") + body);
}

constexpr reply_limits small{.framing_bytes = 512, .interim_replies = 64};

TEST(reply_reader, a_header_may_be_long_and_not_endless) {
    const auto most = small.framing_bytes;
    const auto frame = fields("X: \r\nContent-Length: 0\r\n").size();
    const auto fits = fields("X: " + std::string(most - frame, 'x') + "\r\nContent-Length: 0\r\n");
    ASSERT_EQ(fits.size(), most);
    EXPECT_EQ(read(fits, false, small), complete(fits));
    // What has as many bytes as it may have and no end is refused with the next byte, long before a timeout.
    std::string many = "HTTP/1.1 200 OK\r\n";
    while (many.size() <= most) many += "X: y\r\n";
    for (const std::string& bytes :
         {"HTTP/1.1 200 " + std::string(most, 'x'), "HTTP/1.1 200 OK\r\nX: " + std::string(most, 'x'),
          fields("X: " + std::string(most - frame + 1, 'x') + "\r\nContent-Length: 0\r\n"), many}) {
        const auto result = read(bytes, false, small);
        EXPECT_EQ(result.before_end, progress::malformed);
        EXPECT_EQ(result.bytes, most + 1);
    }
}

TEST(reply_reader, extensions_and_trailers_may_not_be_endless_and_chunks_may) {
    const auto most = small.framing_bytes;
    const auto chunked = fields("Transfer-Encoding: chunked\r\n");
    expect_malformed(chunked + "1;" + std::string(most, 'x'), small);
    expect_malformed(chunked + "0\r\nX:" + std::string(most, 'x'), small);
    auto bytes = chunked;
    while (bytes.size() <= 2 * most) bytes += "1;extension\r\nx\r\n";
    bytes += "0\r\n\r\n";
    EXPECT_EQ(read(bytes, false, small), complete(bytes));
}

TEST(reply_reader, headers_of_other_servers_fit) {
    const auto bytes = fields("X: " + std::string(255 * 1024, 'x') + "\r\nContent-Length: 0\r\n");
    EXPECT_EQ(reply_reader(false).feed(bytes), progress::complete);
    EXPECT_EQ(reply_reader(false).feed("HTTP/1.1 200 " + std::string(256 * 1024, 'x')), progress::malformed);
}

TEST(reply_reader, a_head_that_is_known_is_read_as_before_and_another_as_itself) {
    const std::string first = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    const std::string longer = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + std::string(50, 'x');
    const std::string closing = "HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
    reply_reader::known_head known;
    for (const auto& bytes : {first, first, longer, first, closing, closing, chunked, chunked, first})
        for (const std::size_t piece : {std::size_t{1}, std::size_t{40}, bytes.size()}) {
            const auto whole = read_in_pieces(bytes, false, [&] { return bytes.size(); });
            EXPECT_EQ(read_in_pieces(
                          bytes, false, [piece] { return piece; }, {}, &known),
                      whole)
                << bytes;
        }
}

}  // namespace
}  // namespace loadgen
