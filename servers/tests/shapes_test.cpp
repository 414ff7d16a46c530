// The shapes a request can have that is wrong, odd, or meant to be read differently by two servers. Each is
// sent to every model as it stands, and then again cut in two at every place that could matter to a reader.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "servers/tests/models.hpp"

namespace servers::tests {
namespace {

using namespace std::string_literals;

struct shape {
    std::string name;
    std::string bytes;
    unsigned status;
};

std::string ping(std::string_view headers, std::string_view rest = {}) {
    return get_request("/ping", headers).append(rest);
}

std::string target(std::string_view text) {
    return get_request(text);
}

std::string extended_chunks(std::size_t count, std::size_t length) {
    std::string chunks;
    for (std::size_t i = 0; i < count; ++i) chunks += "1;" + std::string(length, 'x') + "\r\nx\r\n";
    return chunks;
}

std::string lines(std::size_t count) {
    std::string trailers;
    for (std::size_t i = 0; i < count; ++i) trailers += "A: b\r\n";
    return trailers;
}

const std::vector<shape>& targets() {
    static const std::vector<shape> all = {
        {"absolute form", target("http://localhost/ping"), 200},
        {"absolute form with a port", target("http://localhost:8080/ping"), 200},
        {"absolute form of a path nobody has", target("http://localhost/elsewhere"), 404},
        {"absolute form without a path", target("http://localhost"), 404},
        {"absolute form without an authority", target("http:/ping"), 400},
        {"absolute form of another scheme", target("ftp://localhost/ping"), 400},
        {"absolute form with a user", target("http://u:p@localhost/ping"), 400},
        {"absolute form with an empty host", target("http:///ping"), 400},
        {"absolute form of the secured scheme", target("https://localhost/ping"), 400},
        {"absolute form, and another Host", "GET http://localhost/ping HTTP/1.1\r\nHost: elsewhere\r\n\r\n",
         200},
        {"asterisk", target("*"), 400},
        {"asterisk of OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 200},
        {"authority without a port", "CONNECT localhost: HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"authority", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"no slash", target("ping"), 400},
        {"two slashes", target("//ping"), 404},
        {"dots", target("/../ping"), 404},
        {"a fragment", target("/ping#here"), 400},
        {"a parameter too many", target("/ping?x=1"), 400},
        {"a lone percent", target("/%"), 400},
        {"an escaped NUL", target("/%00"), 404},
        {"an escaped high byte", target("/task?%ff=1"), 400},
        {"a high byte", target("/\xff"), 400},
        {"a NUL", target("/\0ping"s), 400},
        {"a control byte", target("/\x01ping"), 400},
        {"a space", target("/ping x"), 400},
        {"none", "GET HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"very long", target("/" + std::string(20'000, 'x')), 414},
    };
    return all;
}

const std::vector<shape>& headers() {
    static const std::vector<shape> all = {
        {"a high byte in a value", ping("X: \xc3\xa9\xff\r\n"), 200},
        {"an empty value", ping("X:\r\n"), 200},
        {"no space before the value", ping("X:y\r\n"), 200},
        {"a NUL in a value", ping("X: a\0b\r\n"s), 400},
        {"a control byte in a value",
         ping("X: a\x01"
              "b\r\n"),
         400},
        {"a bare carriage return in a value", ping("X: a\rb\r\n"), 400},
        {"a NUL in a name", ping("X\0Y: z\r\n"s), 400},
        {"a high byte in a name", ping("X\xff: y\r\n"), 400},
        {"no name", ping(": y\r\n"), 400},
        {"no colon", ping("X\r\n"), 400},
        {"a space before the colon", ping("X : y\r\n"), 400},
        {"a space before the first name", "GET /ping HTTP/1.1\r\n Host: localhost\r\n\r\n", 400},
        {"lines that end in a line feed alone", "GET /ping HTTP/1.1\nHost: localhost\n\n\r\n\r\n", 400},
        {"one line that ends in a line feed alone", ping("X: y\nZ: z\r\n"), 400},
        {"no Host", "GET /ping HTTP/1.1\r\n\r\n", 400},
        {"two Hosts", ping("Host: elsewhere\r\n"), 400},
        {"HTTP/1.0 without Host", "GET /ping HTTP/1.0\r\n\r\n", 200},
        {"HTTP/1.2", "GET /ping HTTP/1.2\r\nHost: localhost\r\n\r\n", 200},
        {"HTTP/1.2 without Host", "GET /ping HTTP/1.2\r\n\r\n", 400},
        {"an empty line before it", "\r\n" + ping(""), 200},
        {"a Host with a space", "GET /ping HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        {"a Host with a user", "GET /ping HTTP/1.1\r\nHost: user@h\r\n\r\n", 400},
        {"a Host whose bracket is open", "GET /ping HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
        {"a Host that is an address", "GET /ping HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200},
        {"an empty Host", "GET /ping HTTP/1.1\r\nHost:\r\n\r\n", 200},
        {"a folded line that hides a header", ping("X: y\r\n Content-Length: 5\r\n"), 400},
        {"a folded Host", "GET /ping HTTP/1.1\r\nX: y\r\n\tHost: localhost\r\n\r\n", 400},
        {"a method longer than any", std::string(20'000, 'X') + " /ping HTTP/1.1\r\n\r\n", 501},
        {"an expectation nobody knows", ping("Expect: miracles\r\n"), 200},
        {"HTTP/0.9", "GET /ping\r\n\r\n", 400},
        {"a lower-case version", "GET /ping http/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s, 400},
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"one very long", ping("X: " + std::string(20'000, 'x') + "\r\n"), 431},
        {"a method nobody knows", "BREW /ping HTTP/1.1\r\nHost: localhost\r\n\r\n", 501},
        {"a method the path has not", "DELETE /ping HTTP/1.1\r\nHost: localhost\r\n\r\n", 405},
        {"a method that is no word", "G@T /ping HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
    };
    return all;
}

const std::vector<shape>& bodies() {
    constexpr std::string_view chunked = "Transfer-Encoding: chunked\r\n";
    static const std::vector<shape> all = {
        {"counted", ping("Content-Length: 5\r\n", "hello"), 200},
        {"chunked", ping(chunked, "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n"), 200},
        {"chunked, spelt otherwise", ping("Transfer-Encoding: Chunked\r\n", "0\r\n\r\n"), 200},
        {"counted, too long", ping("Content-Length: 1048577\r\n"), 413},
        {"counted, too long, and not sent before it is asked for",
         ping("Expect: 100-continue\r\nContent-Length: 1048577\r\n"), 413},
        {"a chunk too long", ping(chunked, "100001\r\n"), 413},
        {"a chunk of a length beyond any", ping(chunked, "fffffffffffffffff\r\n"), 400},
        {"a chunk of no length", ping(chunked, "\r\n\r\n"), 400},
        {"a chunk of a negative length", ping(chunked, "-1\r\n\r\n"), 400},
        {"a chunk of a length with a prefix", ping(chunked, "0x5\r\nhello\r\n0\r\n\r\n"), 400},
        {"a chunk longer than it says", ping(chunked, "5\r\nhello!\r\n0\r\n\r\n"), 400},
        {"a chunk whose line ends in a line feed alone", ping(chunked, "5\nhello\r\n0\r\n\r\n"), 400},
        {"a chunk's extension that ends in a line feed alone", ping(chunked, "5;x\nhello\r\n0\r\n\r\n"), 400},
        {"chunk extensions that are too long",
         ping(chunked, "1;" + std::string(20'000, 'x') + "\r\nx\r\n0\r\n\r\n"), 431},
        {"chunk extensions that are too long in sum", ping(chunked, extended_chunks(20, 1000) + "0\r\n\r\n"),
         431},
        {"trailers that are too long in sum", ping(chunked, "0\r\n" + lines(4000) + "\r\n"), 431},
        {"a trailer that is folded", ping(chunked, "0\r\nX: y\r\n z\r\n\r\n"), 400},
        {"a trailer that is no header", ping(chunked, "0\r\nX\r\n\r\n"), 400},
    };
    return all;
}

const std::vector<shape>& smuggled() {
    const auto coded = [](std::string_view lines) { return ping(lines, "0\r\n\r\nGET /task HTTP/1.1\r\n"); };
    static const std::vector<shape> all = {
        {"a length and a coding", coded("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
        {"a coding and a length", coded("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
        {"two lengths", ping("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"), 400},
        {"two equal lengths", ping("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
        {"two equal lengths in one", ping("Content-Length: 5, 5\r\n", "hello"), 400},
        {"a length with a sign", ping("Content-Length: +5\r\n", "hello"), 400},
        {"a length with letters", ping("Content-Length: 5x\r\n", "hello"), 400},
        {"a length that is folded", ping("Content-Length:\r\n 5 5\r\n", "hello"), 400},
        {"two codings", coded("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400},
        {"a coding that is not the last", coded("Transfer-Encoding: chunked, identity\r\n"), 400},
        {"chunked twice", coded("Transfer-Encoding: chunked, chunked\r\n"), 400},
        {"a coding before chunked", coded("Transfer-Encoding: gzip, chunked\r\n"), 501},
        {"almost chunked", coded("Transfer-Encoding: xchunked\r\n"), 501},
        {"identity", coded("Transfer-Encoding: identity\r\n"), 501},
        {"chunked in quotes", coded("Transfer-Encoding: \"chunked\"\r\n"), 400},
        {"chunked after a vertical tab",
         coded("Transfer-Encoding: \x0b"
               "chunked\r\n"),
         400},
        {"chunked with a parameter", coded("Transfer-Encoding: chunked;q=1\r\n"), 400},
        {"a space before the colon", coded("Transfer-Encoding : chunked\r\n"), 400},
        {"no coding", coded("Transfer-Encoding: \r\n"), 400},
        {"a coding in HTTP/1.0",
         "GET /ping HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /task HTTP/1.0\r\n", 400},
    };
    return all;
}

template <class Model>
class shapes : public served<Model> {
protected:
    // One reply for each, with a body that names the fault; and after a fault of the protocol the end, so
    // that what follows is never taken for a request.
    void expect_all(const std::vector<shape>& all) {
        this->serve();
        for (const shape& each : all) {
            const std::size_t size = each.bytes.size();
            for (const std::size_t cut : {size, size / 2, size - 1, std::size_t{1}}) {
                SCOPED_TRACE(fmt::format("{}, cut at {} of {}", each.name, cut, size));
                client one(this->port());
                one.send(std::string_view(each.bytes).substr(0, cut));
                one.send(std::string_view(each.bytes).substr(cut));
                one.finish_sending();
                const received_reply reply = one.receive();
                EXPECT_EQ(reply.status, each.status) << reply.body;
                EXPECT_EQ(reply.body.starts_with(R"({"error":")"), reply.status != 200) << reply.body;
                EXPECT_TRUE(one.at_end());
            }
        }
        EXPECT_EQ(client(this->port()).get("/ping").status, 200U);
        EXPECT_NE(this->stats().find(R"("failures":0)"), std::string::npos);
    }
};
TYPED_TEST_SUITE(shapes, models, model_names);

TYPED_TEST(shapes, of_targets) {
    this->expect_all(targets());
}
TYPED_TEST(shapes, of_headers) {
    this->expect_all(headers());
}
TYPED_TEST(shapes, of_bodies) {
    this->expect_all(bodies());
}
TYPED_TEST(shapes, that_smuggle) {
    this->expect_all(smuggled());
}

TYPED_TEST(shapes, of_a_head_request_have_no_body_whatever_is_wrong_with_it) {
    this->serve();
    for (const std::string_view rest :
         {"/ping HTTP/1.1\r\nHost: x\r\n\r\n", "/elsewhere HTTP/1.1\r\nHost: x\r\n\r\n",
          "/ping HTTP/1.1\r\n\r\n", "/ping HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n"}) {
        SCOPED_TRACE(rest);
        client one(this->port());
        one.send(fmt::format("HEAD {}", rest));
        one.finish_sending();
        const received_reply reply = one.receive(true);
        EXPECT_NE(reply.status, 0U);
        EXPECT_NE(reply.headers.at("content-length"), "0");
        EXPECT_TRUE(one.at_end());
    }
}

}  // namespace
}  // namespace servers::tests
