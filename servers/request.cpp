#include "servers/request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace servers {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

// Small, because ten thousand connections each have one; a header that needs more makes the buffer grow.
constexpr std::size_t header_read_bytes = 1024;
constexpr std::size_t body_read_bytes = 16 * 1024;

bool is_number(beast::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// RFC 9112 section 6.1: a coding nobody here knows is 501, unless the body's end could not be told even if it
// were known (more than one coding, and chunked is not the last or not alone in being chunked), or the value
// makes no sense: then it is 400.
unsigned status_for_coding(beast::string_view value) {
    if (beast::iequals(value, "chunked")) return 200;
    std::size_t codings = 0;
    std::size_t chunked = 0;
    bool last_is_chunked = false;
    for (const beast::string_view coding : http::token_list(value)) {
        last_is_chunked = beast::iequals(coding, "chunked");
        chunked += last_is_chunked ? 1 : 0;
        ++codings;
    }
    const bool one_unknown = codings == 1 && chunked == 0;
    const bool unknown_within_chunked = codings > 1 && chunked == 1 && last_is_chunked;
    return one_unknown || unknown_within_chunked ? 501 : 400;
}

}  // namespace

incoming_request::incoming_request(request_limits limits)
    : limits_(limits), buffer_(limits.header_bytes + body_read_bytes) {
    start_parser();
}

std::span<char> incoming_request::room() {
    const std::size_t wanted = parser_->is_header_done() ? body_read_bytes : header_read_bytes;
    const auto space = buffer_.prepare(std::min(wanted, buffer_.max_size() - buffer_.size()));
    return {static_cast<char*>(space.data()), space.size()};
}

void incoming_request::received(std::size_t bytes) {
    buffer_.commit(bytes);
    parse();
}

bool incoming_request::wants_continue() {
    return !settled() && parser_->is_header_done() && std::exchange(expects_continue_, false);
}

void incoming_request::next() {
    refusal_.reset();
    start_parser();
    parse();
}

void incoming_request::start_parser() {
    parser_.emplace(*this);
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    parser_->body_limit(limits_.body_bytes);
    method_.clear();
    target_.clear();
    header_read_bytes_ = 0;
    expects_continue_ = false;
}

void incoming_request::parse() {
    while (!settled() && buffer_.size() > 0 && !holds_beginning_of_last_chunk()) {
        const bool in_header = !parser_->is_header_done();
        beast::error_code error;
        const std::size_t used = parser_->put(buffer_.data(), error);
        buffer_.consume(used);
        if (error && error != http::error::need_more) return refuse(error);
        if (in_header) {
            // Beast applies its limit to what each call is given; this one holds for the header as a whole.
            header_read_bytes_ += used;
            // What has not come to its end needs a byte more at least.
            const std::size_t header_bytes =
                header_read_bytes_ + (parser_->is_header_done() ? 0 : buffer_.size() + 1);
            if (header_bytes > limits_.header_bytes) return refuse(http::error::header_limit);
        }
        if (error == http::error::need_more) break;
    }
    // Only a chunk's extensions or the trailers can fill the buffer; they have no limit in Beast.
    if (!settled() && buffer_.size() == buffer_.max_size()) refuse(http::error::header_limit);
}

// With less than all of "0\r\n\r\n", which an assertion of Beast's counts on when it looks at these bytes
// again. None is the end of a request, so it takes nothing to wait for the next.
bool incoming_request::holds_beginning_of_last_chunk() const {
    const std::string_view held(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    return held.size() < 5 && held.starts_with("0\r\n") && parser_->is_header_done() && parser_->chunked();
}

void incoming_request::refuse(unsigned status, std::string_view why) {
    refusal_ = error_reply(status, why);
    refusal_->head = method_ == "HEAD";
}

void incoming_request::refuse(const beast::error_code& error) {
    if (refusal_) return;  // the parser has said it better
    if (error == http::error::header_limit) {
        refuse(431, fmt::format("the request's header is longer than {} bytes", limits_.header_bytes));
    } else if (error == http::error::body_limit) {
        refuse(413, fmt::format("the request's body is longer than {} bytes", limits_.body_bytes));
    } else {
        refuse(400, fmt::format("this is not an HTTP/1.1 or HTTP/1.0 request: {}", error.message()));
    }
}

void incoming_request::parser::on_request_impl(http::verb, string_view method, string_view target,
                                               int version, error_code&) {
    owner_.method_.assign(method.data(), method.size());
    owner_.target_.assign(target.data(), target.size());
    version_ = version;
}

void incoming_request::parser::on_field_impl(http::field field, string_view, string_view value,
                                             error_code& error) {
    switch (field) {
        case http::field::content_length:
            if (std::exchange(has_length_, true))
                return refuse(400, "Content-Length is given more than once", error);
            if (!is_number(value)) return refuse(400, "Content-Length is not a number", error);
            break;
        case http::field::transfer_encoding:
            if (std::exchange(has_coding_, true))
                return refuse(400, "Transfer-Encoding is given more than once", error);
            if (version_ < 11) return refuse(400, "HTTP/1.0 has no Transfer-Encoding", error);
            if (const unsigned status = status_for_coding(value); status != 200) {
                return refuse(status, "the only Transfer-Encoding understood is chunked", error);
            }
            break;
        case http::field::host:
            ++hosts_;
            break;
        case http::field::expect:
            owner_.expects_continue_ = version_ >= 11 && beast::iequals(value, "100-continue");
            break;
        default:
            break;
    }
    if (has_length_ && has_coding_)
        refuse(400, "Content-Length and Transfer-Encoding exclude each other", error);
}

void incoming_request::parser::on_header_impl(error_code& error) {
    if (hosts_ > 1) return refuse(400, "Host is given more than once", error);
    if (version_ >= 11 && hosts_ == 0) refuse(400, "HTTP/1.1 requests need a Host header", error);
}

void incoming_request::parser::refuse(unsigned status, std::string_view why, error_code& error) {
    owner_.refuse(status, why);
    error = http::error::bad_field;
}

}  // namespace servers
