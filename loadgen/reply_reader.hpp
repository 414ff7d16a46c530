// A reply as it arrives: bytes go in, and how far it has come is told. It reads from no socket and keeps
// nothing but what frames the reply, so bodies of any size pass through it; of the header it holds the line
// that is not yet whole. What it says of the same bytes never depends on the pieces they came in. A parser
// of its own, since Beast's tells garbage early or late, depending on the pieces, needs the whole header in
// one place, and asserts on some.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "loadgen/expectation.hpp"

namespace loadgen {

enum class progress : std::uint8_t { incomplete, complete, malformed };

// What goes beyond is malformed.
struct reply_limits {
    // Of header with the interim replies before it, of a chunk's size with its extensions, or of the last
    // one's with its trailers.
    std::size_t framing_bytes = 256 * 1024;
    unsigned interim_replies = 64;
};

class reply_reader {
private:
    enum class part : std::uint8_t {
        protocol,
        status_line,
        fields,
        counted_body,
        body_to_the_end,
        chunk_size,
        chunk,
        chunk_end,
        trailers,
        nothing_more,
        another_protocol,
        faulty
    };
    enum class field : std::uint8_t { connection, content_length, transfer_encoding, other };
    struct header {
        unsigned status = 0;
        bool is_http_1_0 = false;
        bool says_close = false;
        bool says_keep_alive = false;
        bool has_coding = false;
        bool is_chunked = false;  // by its last coding
        std::optional<std::uint64_t> length;
        field last = field::other;  // which a folded line goes on with
    };
    // All that the rest of a reply depends on.
    struct standing {
        part at = part::protocol;
        header said;
        bool keep_alive = false;
        std::uint64_t left = 0;  // of the body, or of the chunk
    };

public:
    // The head of the last reply, and what it came to: one that is the same byte for byte is not parsed
    // again. Of readers that are alike in what they were asked for.
    class known_head {
        friend class reply_reader;
        std::string bytes_;
        standing came_to_;
    };

    // The reply to a HEAD has no body, whatever its header says. In a body `text` is looked for.
    explicit reply_reader(bool is_head, reply_limits limits = {}, const text_search* text = nullptr,
                          known_head* known = nullptr)
        : limits_(limits), text_(text), known_(known), is_head_(is_head) {}

    // The next bytes of the connection. A byte behind the reply's end makes it malformed: nobody asked for
    // more.
    progress feed(std::string_view received);
    // The connection's end, which completes a reply that has no other end.
    progress end();

    unsigned status() const { return now_.said.status; }   // 0: no status line has come
    bool keep_alive() const { return now_.keep_alive; }    // of a complete reply: another request can be sent
    std::size_t matched() const { return text_matched_; }  // as text_search::feed tells
    std::uint64_t bytes() const { return bytes_; }         // up to the reply's end, or to the fault

private:
    void take_known(std::string_view received);
    void feed_protocol();
    void feed_line();
    void feed_body();
    std::string_view take(std::size_t count);  // off the front of rest_, at most
    std::string_view take_framing(std::size_t count);

    part after_line(std::string_view line);
    part after_status(std::string_view line);
    part after_field(std::string_view line);
    part after_header();
    part judged_header();
    part after_chunk_size(std::string_view line);
    bool understands(field name, std::string_view value);

    reply_limits limits_;
    const text_search* text_;  // null: none is looked for
    std::size_t text_matched_ = 0;
    known_head* known_;  // null: none is remembered
    bool is_head_;
    standing now_;
    std::string_view first_;         // what it was given first, as long as the head may be in it alone
    std::string_view rest_;          // of what feed() was given
    std::size_t matched_ = 0;        // of the protocol's name
    std::string line_;               // the beginning of a line that comes in pieces
    std::size_t framing_bytes_ = 0;  // since the last byte of a body
    std::uint64_t bytes_ = 0;
    unsigned interim_replies_ = 0;
};

}  // namespace loadgen
