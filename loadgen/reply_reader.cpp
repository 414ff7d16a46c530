#include "loadgen/reply_reader.hpp"

#include <algorithm>
#include <charconv>

#include "loadgen/http_text.hpp"

namespace loadgen {
namespace {

// What every reply begins with: another protocol's greeting is told by its first bytes, not by its first
// line, which may never end.
constexpr std::string_view protocol_name = "HTTP/1.";
constexpr std::uint64_t longest_known = 2048;  // of a head that is remembered

std::optional<std::uint64_t> number(std::string_view text, int base) {
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// How many bytes it takes to the end of the line: LF, or else a control character that no line may hold, or
// whatever follows a CR. A line that cannot go on may never be ended by its sender.
std::optional<std::size_t> count_to_line_end(std::string_view begun, std::string_view text) {
    if (begun.ends_with('\r')) return 1;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_control(text[i]) || text[i] == '\t') continue;
        if (text[i] != '\r') return i + 1;
        if (i + 1 < text.size()) return i + 2;
    }
    return std::nullopt;
}

}  // namespace

progress reply_reader::feed(std::string_view received) {
    rest_ = received;
    if (known_ != nullptr && bytes_ == 0) take_known(received);
    while (!rest_.empty() && now_.at != part::faulty && now_.at != part::another_protocol) {
        switch (now_.at) {
            case part::protocol:
                feed_protocol();
                break;
            case part::counted_body:
            case part::body_to_the_end:
            case part::chunk:
                feed_body();
                break;
            case part::nothing_more:
                take(1);
                now_.at = part::faulty;
                break;
            default:
                feed_line();
        }
        if (framing_bytes_ > limits_.framing_bytes) now_.at = part::faulty;
    }
    first_ = {};
    if (now_.at == part::faulty) return progress::malformed;
    const bool is_complete = now_.at == part::nothing_more || now_.at == part::another_protocol;
    return is_complete ? progress::complete : progress::incomplete;
}

progress reply_reader::end() {
    if (now_.at == part::body_to_the_end) now_.at = part::nothing_more;
    return feed({});
}

// A head that is not the known one may become it, if it is whole in the first piece.
void reply_reader::take_known(std::string_view received) {
    const auto& head = known_->bytes_;
    if (head.empty() || !received.starts_with(head)) {
        first_ = received;
        return;
    }
    take_framing(head.size());
    now_ = known_->came_to_;
}

void reply_reader::feed_protocol() {
    const auto wanted = protocol_name.substr(matched_, rest_.size());
    const auto fitting = std::ranges::mismatch(wanted, rest_).in1 - wanted.begin();
    const auto count = static_cast<std::size_t>(fitting);
    if (count < wanted.size()) {
        take_framing(count + 1);
        now_.at = part::faulty;
        return;
    }
    take_framing(count);
    matched_ += count;
    if (matched_ < protocol_name.size()) return;
    matched_ = 0;
    now_.at = part::status_line;
}

void reply_reader::feed_line() {
    // What should be an empty line is seen not to be one before it ends.
    if (now_.at == part::chunk_end && line_.empty() && rest_.front() != '\r' && rest_.front() != '\n') {
        take(1);
        now_.at = part::faulty;
        return;
    }
    const auto count = count_to_line_end(line_, rest_);
    const auto piece = take_framing(count.value_or(rest_.size()));
    if (!count) {
        line_ += piece;
    } else if (line_.empty()) {
        now_.at = after_line(piece);
    } else {
        now_.at = after_line(line_ += piece);
        line_.clear();
    }
}

void reply_reader::feed_body() {
    const bool is_endless = now_.at == part::body_to_the_end;
    const auto piece =
        take(is_endless ? rest_.size()
                        : static_cast<std::size_t>(std::min<std::uint64_t>(rest_.size(), now_.left)));
    if (text_ != nullptr) text_matched_ = text_->feed(text_matched_, piece);
    if (is_endless) return;
    framing_bytes_ = 0;
    now_.left -= piece.size();
    if (now_.left == 0) now_.at = now_.at == part::chunk ? part::chunk_end : part::nothing_more;
}

std::string_view reply_reader::take(std::size_t count) {
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    bytes_ += taken.size();
    return taken;
}

// A byte more than the limit is enough to exceed it.
std::string_view reply_reader::take_framing(std::size_t count) {
    const auto taken = take(std::min(count, limits_.framing_bytes + 1 - framing_bytes_));
    framing_bytes_ += taken.size();
    return taken;
}

// A line may end with LF alone, as RFC 9112, section 2.2, allows and as other clients read it.
reply_reader::part reply_reader::after_line(std::string_view line) {
    if (!line.ends_with('\n')) return part::faulty;
    line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
    switch (now_.at) {
        case part::status_line:
            return after_status(line);
        case part::chunk_size:
            return after_chunk_size(line);
        case part::chunk_end:
            return line.empty() ? part::chunk_size : part::faulty;
        default:
            return after_field(line);
    }
}

// "1 200 OK": a later minor version is read as 1.1. The space before a reason that is missing may be missing
// too: several servers leave it out.
reply_reader::part reply_reader::after_status(std::string_view line) {
    if (line.size() < 5 || line[0] < '0' || line[0] > '9' || line[1] != ' ') return part::faulty;
    const auto status = number(line.substr(2, 3), 10);
    if (!status || *status < 100 || (line.size() > 5 && line[5] != ' ')) return part::faulty;
    now_.said.is_http_1_0 = line[0] == '0';
    now_.said.status = static_cast<unsigned>(*status);
    return part::fields;
}

reply_reader::part reply_reader::after_field(std::string_view line) {
    if (line.empty()) return now_.at == part::trailers ? part::nothing_more : after_header();
    // RFC 9112, section 5.2: a line that is folded goes on with the value. Those that matter here are lists,
    // or else make no sense in two pieces, so it is as good as another field of that name.
    const bool is_folded = line.front() == ' ' || line.front() == '\t';
    if (!is_folded) {
        const auto name = line.substr(0, line.find(':'));
        if (name.size() == line.size() || !is_token(name)) return part::faulty;
        line.remove_prefix(name.size() + 1);
        now_.said.last = now_.at == part::trailers                       ? field::other
                         : equals_in_any_case(name, "connection")        ? field::connection
                         : equals_in_any_case(name, "content-length")    ? field::content_length
                         : equals_in_any_case(name, "transfer-encoding") ? field::transfer_encoding
                                                                         : field::other;
    }
    return understands(now_.said.last, line) ? now_.at : part::faulty;
}

// RFC 9112, section 6.3: one length said twice is that length; two lengths, a length beside a coding, and a
// coding after chunked or in HTTP/1.0, or a parameter of chunked, leave the end of the body in doubt.
bool reply_reader::understands(field name, std::string_view value) {
    while (name != field::other) {
        const auto comma = value.find(',');
        const auto element = trimmed(value.substr(0, comma));
        if (name == field::content_length) {
            const auto length = number(element, 10);
            if (!length || now_.said.length.value_or(*length) != *length) return false;
            now_.said.length = length;
        } else if (name == field::transfer_encoding && !element.empty()) {
            if (now_.said.is_chunked) return false;
            now_.said.has_coding = true;
            now_.said.is_chunked =
                equals_in_any_case(trimmed(element.substr(0, element.find(';'))), "chunked");
            if (now_.said.is_chunked && element.find(';') != std::string_view::npos) return false;
        } else if (name == field::connection) {
            now_.said.says_close = now_.said.says_close || equals_in_any_case(element, "close");
            now_.said.says_keep_alive =
                now_.said.says_keep_alive || equals_in_any_case(element, "keep-alive");
        }
        if (comma == std::string_view::npos) break;
        value.remove_prefix(comma + 1);
    }
    return true;
}

reply_reader::part reply_reader::after_header() {
    now_.at = judged_header();
    const bool is_whole = !first_.empty() && interim_replies_ == 0;
    const bool fits = bytes_ <= longest_known && framing_bytes_ <= limits_.framing_bytes;
    if (is_whole && fits && now_.at != part::faulty) {
        known_->bytes_.assign(first_.substr(0, static_cast<std::size_t>(bytes_)));
        known_->came_to_ = now_;
    }
    return now_.at;
}

reply_reader::part reply_reader::judged_header() {
    if (now_.said.has_coding && (now_.said.length || now_.said.is_http_1_0)) return part::faulty;
    const auto status = now_.said.status;
    if (status == 101) return part::another_protocol;
    if (status < 200) {
        if (++interim_replies_ > limits_.interim_replies) return part::faulty;
        now_.said = {};
        return part::protocol;
    }
    now_.keep_alive = !now_.said.says_close && (!now_.said.is_http_1_0 || now_.said.says_keep_alive);
    now_.left = now_.said.length.value_or(0);
    if (is_head_ || status == 204 || status == 304) return part::nothing_more;
    if (now_.said.is_chunked) return part::chunk_size;
    if (now_.said.length) return now_.left > 0 ? part::counted_body : part::nothing_more;
    now_.keep_alive = false;
    return part::body_to_the_end;
}

reply_reader::part reply_reader::after_chunk_size(std::string_view line) {
    const auto size = number(trimmed(line.substr(0, line.find(';'))), 16);
    if (!size) return part::faulty;
    now_.left = *size;
    return now_.left > 0 ? part::chunk : part::trailers;
}

}  // namespace loadgen
