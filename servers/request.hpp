// A request as it arrives: bytes go in, and once enough have, a request or the reason to refuse it comes out.
// It reads from no socket, so both servers (and tests, and fuzzers) feed it alike. It goes by lines, and is
// strict: what a server behind a proxy could read differently (request smuggling: RFC 9112 section 11.2) is
// refused. All that it holds at a time is a line.
#pragma once

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "servers/reply.hpp"

namespace servers {

struct request_limits {
    std::size_t header_bytes;  // of the header; and of a body's chunk extensions and trailers, in sum
    std::size_t body_bytes;
};

class incoming_request {
public:
    explicit incoming_request(request_limits limits);
    incoming_request(const incoming_request&) = delete;
    incoming_request& operator=(const incoming_request&) = delete;

    // Where the next read goes; never empty while the request is not settled. Valid until the next call.
    [[nodiscard]] std::span<char> room();
    // The first `bytes` of room() were filled. What makes no sense is refused at the end of its line.
    void received(std::size_t bytes);

    // Nothing of this request has been read yet, but for empty lines, which some clients send after a body.
    [[nodiscard]] bool idle() const { return part_ == part::request_line && !refusal_ && !has_more(); }
    // It has been read to its end, or is refused: either way a reply can be given.
    [[nodiscard]] bool settled() const { return refusal_ || part_ == part::none; }
    [[nodiscard]] const std::optional<reply>& refusal() const { return refusal_; }
    // Gives up on the rest of it, with this reply: a fault that the bytes alone do not show, such as their
    // being late.
    void refuse(unsigned status, std::string_view why);
    // True once, when the client waits to be told to send its body.
    [[nodiscard]] bool wants_continue();

    [[nodiscard]] std::string_view method() const { return method_; }
    [[nodiscard]] std::string_view target() const { return target_; }
    // Whether the client wants, and after a fault still can, use the connection for another request.
    [[nodiscard]] bool keep_alive() const { return !refusal_ && persists(); }
    // Bytes beyond this request have been read: the client did not wait for the reply before it sent the
    // next.
    [[nodiscard]] bool has_more() const {
        return std::ranges::any_of(held(), [](char c) { return c != '\r' && c != '\n'; });
    }
    // The client said that this is its last request, so closing cannot reset what it has yet to read.
    [[nodiscard]] bool is_last() const { return !refusal_ && !persists() && held().empty(); }

    // Forgets the settled request and goes on with what was read beyond it, which may settle the next one at
    // once.
    void next();

private:
    // What of it comes next.
    enum class part { request_line, fields, counted_body, chunk_line, chunk, chunk_end, trailers, none };

    struct header {
        unsigned minor_version = 1;
        unsigned hosts = 0;
        std::optional<std::uint64_t> length{};
        bool chunked = false;
        bool close = false;
        bool keep_alive = false;
        bool expects_continue = false;
    };

    [[nodiscard]] std::string_view held() const {
        return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
    }
    [[nodiscard]] bool persists() const {
        return !header_.close && (header_.minor_version > 0 || header_.keep_alive);
    }

    void parse();
    bool take_line();
    bool spend(std::string_view line, bool ended);
    void take_request_line(std::string_view line);
    void take_field(std::string_view line);
    void interpret(std::string_view name, std::string_view value);
    void begin_body();
    void take_chunk_line(std::string_view line);
    bool drop_body();
    bool take_chunk_end();
    void refuse_excess(std::string_view line);

    request_limits limits_;
    boost::beast::flat_buffer buffer_;
    std::size_t read_bytes_;  // of a header, in one read
    part part_ = part::request_line;
    header header_;
    std::optional<reply> refusal_;
    std::string method_;
    std::string target_;
    std::size_t scanned_ = 0;      // bytes at the buffer's beginning that hold no line's end
    std::size_t spent_ = 0;        // of header_bytes: by the header, then by extensions and trailers
    std::uint64_t body_left_ = 0;  // of the body, or of its chunk
    std::uint64_t body_bytes_ = 0;
};

}  // namespace servers
