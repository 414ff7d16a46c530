// A request as it arrives: bytes go in, and once enough have, a request or the reason to refuse it comes out.
// It reads from no socket, so both servers (and tests, and fuzzers) feed it alike. Boost.Beast parses; what
// Beast lets through and a server behind a proxy must not (request smuggling: RFC 9112 sections 6.1 and 6.3,
// and 3.2 for Host) is refused here.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "servers/reply.hpp"

namespace servers {

struct request_limits {
    std::size_t header_bytes;
    std::size_t body_bytes;
};

class incoming_request {
public:
    explicit incoming_request(request_limits limits);
    incoming_request(const incoming_request&) = delete;
    incoming_request& operator=(const incoming_request&) = delete;

    // Where the next read goes; never empty while the request is not settled. Valid until the next call.
    [[nodiscard]] std::span<char> room();
    // The first `bytes` of room() were filled. A header that makes no sense is refused at the latest when it
    // has come to its end, an empty line; how much earlier depends on the pieces it came in.
    void received(std::size_t bytes);

    // Nothing of this request has been read yet.
    [[nodiscard]] bool idle() const { return !parser_->got_some(); }
    // It has been read to its end, or is refused: either way a reply can be given.
    [[nodiscard]] bool settled() const { return refusal_ || parser_->is_done(); }
    [[nodiscard]] const std::optional<reply>& refusal() const { return refusal_; }
    // Gives up on the rest of it, with this reply: a fault that the bytes alone do not show, such as their
    // being late.
    void refuse(unsigned status, std::string_view why);
    // True once, when the client waits to be told to send its body.
    [[nodiscard]] bool wants_continue();

    [[nodiscard]] std::string_view method() const { return method_; }
    [[nodiscard]] std::string_view target() const { return target_; }
    // Whether the client wants, and after a fault still can, use the connection for another request.
    [[nodiscard]] bool keep_alive() const { return !refusal_ && parser_->keep_alive(); }
    // Bytes beyond this request have been read: the client did not wait for the reply before it sent the
    // next.
    [[nodiscard]] bool has_more() const { return buffer_.size() > 0; }
    // The client said that this is its last request, so closing cannot reset what it has yet to read.
    [[nodiscard]] bool is_last() const { return !refusal_ && !parser_->keep_alive() && !has_more(); }

    // Forgets the settled request and goes on with what was read beyond it, which may settle the next one at
    // once.
    void next();

private:
    class parser final : public boost::beast::http::basic_parser<true> {
    public:
        explicit parser(incoming_request& owner) : owner_(owner) {}

    private:
        using error_code = boost::beast::error_code;
        using string_view = boost::beast::string_view;

        void on_request_impl(boost::beast::http::verb, string_view method, string_view target, int version,
                             error_code&) override;
        void on_field_impl(boost::beast::http::field, string_view name, string_view value,
                           error_code&) override;
        void on_header_impl(error_code&) override;
        // No route reads a body: it is taken in, within its limit, and dropped.
        std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
        std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
            return body.size();
        }
        void on_response_impl(int, string_view, int, error_code&) override {}
        void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
        void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
        void on_finish_impl(error_code&) override {}

        void refuse(unsigned status, std::string_view why, error_code& error);

        incoming_request& owner_;
        int version_ = 0;
        bool has_length_ = false;
        bool has_coding_ = false;
        unsigned hosts_ = 0;
    };

    void start_parser();
    void parse();
    [[nodiscard]] bool holds_beginning_of_last_chunk() const;
    void refuse(const boost::beast::error_code& error);

    request_limits limits_;
    boost::beast::flat_buffer buffer_;
    std::optional<parser> parser_;
    std::optional<reply> refusal_;
    std::string method_;
    std::string target_;
    std::size_t header_read_bytes_ = 0;
    bool expects_continue_ = false;
};

}  // namespace servers
