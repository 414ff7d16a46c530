// Parses a reply in place and keeps nothing of it but its status: Beast's basic_parser does the framing
// (Content-Length, chunked, close-delimited, header limits), bodies are counted by the caller and dropped.
#pragma once

#include <cstdint>

#include <boost/beast/http/basic_parser.hpp>

namespace loadgen {

class reply_parser : public boost::beast::http::basic_parser<false> {
public:
    explicit reply_parser(bool is_head) {
        eager(true);
        skip(is_head);
        body_limit(boost::none);
    }

    unsigned status() const { return status_; }
    bool is_interim() const { return status_ >= 100 && status_ < 200; }  // 1xx: the real reply follows

private:
    using code = boost::beast::error_code;
    using text = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb, text, text, int, code&) override {}
    void on_response_impl(int status, text, int, code&) override { status_ = static_cast<unsigned>(status); }
    void on_field_impl(boost::beast::http::field, text, text, code&) override {}
    void on_header_impl(code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, code&) override {}
    std::size_t on_body_impl(text body, code&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, text, code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, text body, code&) override { return body.size(); }
    void on_finish_impl(code&) override {}

    unsigned status_ = 0;
};

}  // namespace loadgen
