#include "servers/request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "servers/syntax.hpp"

namespace servers {
namespace {

// Ten thousand idle connections each have one of these. A client that fills it has the next read four times
// as large, and so for the rest of the connection.
constexpr std::size_t least_read_bytes = 256;
constexpr std::size_t growth = 4;
constexpr std::size_t body_read_bytes = 16 * 1024;

constexpr std::size_t most_size_digits = 16;  // of a chunk: 64 bits

constexpr std::string_view framed_twice = "Content-Length and Transfer-Encoding exclude each other";

}  // namespace

incoming_request::incoming_request(request_limits limits)
    : limits_(limits), buffer_(limits.header_bytes + body_read_bytes), read_bytes_(least_read_bytes) {}

std::span<char> incoming_request::room() {
    const std::size_t wanted = part_ <= part::fields ? read_bytes_ : body_read_bytes;
    const auto space = buffer_.prepare(std::min(wanted, buffer_.max_size() - buffer_.size()));
    return {static_cast<char*>(space.data()), space.size()};
}

void incoming_request::received(std::size_t bytes) {
    if (bytes >= read_bytes_) read_bytes_ = std::min(growth * read_bytes_, body_read_bytes);
    buffer_.commit(bytes);
    parse();
}

bool incoming_request::wants_continue() {
    return !settled() && part_ > part::fields && std::exchange(header_.expects_continue, false);
}

void incoming_request::next() {
    refusal_.reset();
    part_ = part::request_line;
    header_ = {};
    method_.clear();
    target_.clear();
    scanned_ = 0;
    spent_ = 0;
    body_bytes_ = 0;
    parse();
}

void incoming_request::refuse(unsigned status, std::string_view why) {
    refusal_ = error_reply(status, why);
    refusal_->head = method_ == "HEAD";
}

void incoming_request::parse() {
    bool goes_on = true;
    while (goes_on && !settled()) {
        if (part_ == part::counted_body || part_ == part::chunk) {
            goes_on = drop_body();
        } else {
            goes_on = part_ == part::chunk_end ? take_chunk_end() : take_line();
        }
    }
}

// False when there is no whole line, or one that is refused.
bool incoming_request::take_line() {
    const std::string_view all = held();
    const std::size_t end = all.find('\n', scanned_);
    const bool ended = end != std::string_view::npos;
    std::string_view line = all.substr(0, ended ? end + 1 : all.size());
    scanned_ = line.size();
    if (!spend(line, ended) || !ended) return false;
    const std::size_t size = line.size();
    if (!line.ends_with("\r\n")) {
        refuse(400, "a line does not end in a carriage return and a line feed");
        return false;
    }
    line.remove_suffix(2);
    if (part_ == part::request_line) {
        if (!line.empty()) take_request_line(line);
    } else if (part_ == part::chunk_line) {
        take_chunk_line(line);
    } else if (!line.empty()) {
        take_field(line);
    } else if (part_ == part::fields) {
        begin_body();
    } else {
        part_ = part::none;
    }
    buffer_.consume(size);
    scanned_ = 0;
    return true;
}

// Counts a line against the limit; one that has not come to its end needs a byte more at least. False when
// that is too much. Of a chunk's line only the extensions count: a body may come in as many chunks as it
// likes.
bool incoming_request::spend(std::string_view line, bool ended) {
    std::size_t cost = line.size() + (ended ? 0 : 1);
    if (part_ == part::chunk_line) {
        const std::size_t digits = syntax::leading_hex_digits(line);
        if (digits > most_size_digits) {
            refuse(400, "a chunk's size is no number that could be one");
            return false;
        }
        cost = line.substr(digits).size() - (line.ends_with("\r\n") ? 2 : line.ends_with('\r') ? 1 : 0);
    }
    if (spent_ + cost > limits_.header_bytes) {
        refuse_excess(line.substr(0, limits_.header_bytes - spent_));
        return false;
    }
    if (ended) spent_ += cost;
    return true;
}

// RFC 9112 section 3: a method that is longer than any is 501, a target that is longer than any is 414.
void incoming_request::refuse_excess(std::string_view line) {
    const std::size_t limit = limits_.header_bytes;
    if (part_ == part::chunk_line || part_ == part::trailers) {
        refuse(431, fmt::format("the body's chunk extensions and trailers are longer than {} bytes", limit));
    } else if (part_ == part::fields) {
        refuse(431, fmt::format("the request's header is longer than {} bytes", limit));
    } else if (line.find(' ') != std::string_view::npos) {
        refuse(414, fmt::format("the request's target is longer than {} bytes can hold", limit));
    } else if (syntax::is_token(line)) {
        refuse(501, "no method has so long a name");
    } else {
        refuse(400, "this is not an HTTP request");
    }
}

void incoming_request::take_request_line(std::string_view line) {
    const std::size_t method_end = line.find(' ');
    const std::size_t target_end = line.rfind(' ');
    if (target_end == method_end) return refuse(400, "this is not an HTTP/1.1 or HTTP/1.0 request");
    const std::string_view method = line.substr(0, method_end);
    const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
    const std::string_view version = line.substr(target_end + 1);
    if (!syntax::is_token(method)) return refuse(400, "the method is not a word");
    method_ = method;
    if (!syntax::is_word(target)) return refuse(400, "the target is not one word");
    target_ = target;
    const bool is_version = version.size() == 8 && version.starts_with("HTTP/") &&
                            syntax::is_digit(version[5]) && version[6] == '.' && syntax::is_digit(version[7]);
    if (!is_version) return refuse(400, "the request line does not end in a version such as HTTP/1.1");
    if (version[5] != '1') return refuse(505, "the versions spoken here are HTTP/1.1 and HTTP/1.0");
    header_.minor_version = static_cast<unsigned>(version[7] - '0');
    part_ = part::fields;
}

// Trailers are held to the same grammar, and dropped (RFC 9110 section 6.5.1: they are none of the header's).
void incoming_request::take_field(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t')
        return refuse(400, "a field is folded over several lines");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return refuse(400, "a line of the header has no colon");
    const std::string_view name = line.substr(0, colon);
    if (!syntax::is_token(name)) return refuse(400, "a field's name is not a word");
    const std::string_view value = syntax::trimmed(line.substr(colon + 1));
    if (!syntax::is_field_content(value)) return refuse(400, "a field's value has a control character in it");
    if (part_ == part::fields) interpret(name, value);
}

void incoming_request::interpret(std::string_view name, std::string_view value) {
    if (syntax::equal(name, "host")) {
        if (++header_.hosts > 1) return refuse(400, "Host is given more than once");
        if (!syntax::is_host(value)) return refuse(400, "Host is no host");
    } else if (syntax::equal(name, "connection")) {
        header_.close |= syntax::lists(value, "close");
        header_.keep_alive |= syntax::lists(value, "keep-alive");
    } else if (syntax::equal(name, "content-length")) {
        if (header_.length) return refuse(400, "Content-Length is given more than once");
        if (header_.chunked) return refuse(400, framed_twice);
        header_.length = syntax::to_number(value);
        if (!header_.length) return refuse(400, "Content-Length is not a number");
    } else if (syntax::equal(name, "transfer-encoding")) {
        if (header_.chunked) return refuse(400, "Transfer-Encoding is given more than once");
        if (header_.length) return refuse(400, framed_twice);
        if (header_.minor_version == 0) return refuse(400, "HTTP/1.0 has no Transfer-Encoding");
        if (const unsigned status = syntax::status_for_coding(value); status != 200) {
            return refuse(status, "the only Transfer-Encoding understood is chunked");
        }
        header_.chunked = true;
    } else if (syntax::equal(name, "expect")) {
        header_.expects_continue = header_.minor_version > 0 && syntax::equal(value, "100-continue");
    }
}

void incoming_request::begin_body() {
    if (header_.minor_version > 0 && header_.hosts == 0) {
        return refuse(400, "HTTP/1.1 requests need a Host header");
    }
    spent_ = 0;
    body_left_ = header_.length.value_or(0);
    if (body_left_ > limits_.body_bytes) {
        return refuse(413, fmt::format("the request's body is longer than {} bytes", limits_.body_bytes));
    }
    part_ = header_.chunked ? part::chunk_line : body_left_ > 0 ? part::counted_body : part::none;
}

void incoming_request::take_chunk_line(std::string_view line) {
    const std::size_t digits = syntax::leading_hex_digits(line);
    const auto size = syntax::to_number(line.substr(0, digits), 16);
    const std::string_view extensions = syntax::trimmed(line.substr(digits));
    const bool makes_sense =
        line.size() == digits || (extensions.starts_with(';') && syntax::is_field_content(extensions));
    if (!size || !makes_sense) return refuse(400, "a chunk does not begin with its size");
    if (*size > limits_.body_bytes - body_bytes_) {
        return refuse(413, fmt::format("the request's body is longer than {} bytes", limits_.body_bytes));
    }
    body_left_ = *size;
    body_bytes_ += *size;
    part_ = *size > 0 ? part::chunk : part::trailers;
}

// No route reads a body: it is taken in, within its limit, and dropped.
bool incoming_request::drop_body() {
    const std::size_t here = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, buffer_.size()));
    buffer_.consume(here);
    body_left_ -= here;
    if (body_left_ > 0) return false;
    part_ = part_ == part::chunk ? part::chunk_end : part::none;
    return true;
}

bool incoming_request::take_chunk_end() {
    if (buffer_.size() < 2) return false;
    if (!held().starts_with("\r\n")) {
        refuse(400, "a chunk is longer than it says");
        return false;
    }
    buffer_.consume(2);
    part_ = part::chunk_line;
    return true;
}

}  // namespace servers
