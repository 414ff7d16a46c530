#include "servers/tests/conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <cstring>

#include "servers/reply.hpp"

namespace servers::tests {
namespace {

// What a client can be told by these steps; 408 and 503 are for what is late, or too much at once.
constexpr std::array<unsigned, 9> known_statuses = {200, 400, 404, 405, 413, 414, 431, 501, 505};
constexpr std::size_t longest_wire_bytes = 1024;

bool is_json(std::string_view text) {
    boost::system::error_code error;
    boost::json::parse({text.data(), text.size()}, error);
    return !error;
}

// The same for all times.
std::string undated(std::string wire) {
    constexpr std::string_view field = "\r\nDate: ";
    constexpr std::string_view then = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (std::size_t at = 0; (at = wire.find(field, at)) != std::string::npos;) {
        at += field.size();
        wire.replace(at, std::min(then.size(), wire.size() - at), then);
    }
    return wire;
}

std::string without_continues(std::string wire) {
    for (std::size_t at = 0; (at = wire.find(continue_line, at)) != std::string::npos;) {
        wire.erase(at, continue_line.size());
    }
    return wire;
}

std::string compared(const conversation& latest, std::string_view served, unsigned refused_with) {
    if (!latest.fault.empty()) return latest.fault;
    if (served != latest.served()) {
        return fmt::format("otherwise cut it is answered\n{}\ninstead of\n{}", served, latest.served());
    }
    if (latest.refusal() != nullptr && refused_with == 0) return "otherwise cut it is not refused";
    return {};
}

}  // namespace

std::string fault_of(const plan& planned, const std::string& wire) {
    const reply& made = planned.reply;
    if (std::ranges::find(known_statuses, made.status) == known_statuses.end()) {
        return fmt::format("the status {} is none that is known", made.status);
    }
    if (!planned.stats && !is_json(made.body())) return fmt::format("the body is not JSON: {}", made.body());
    if (!planned.immediate() && made.status != 200) return "a fault is waited for";
    if (std::max({planned.wait, planned.block, planned.compute}) > longest_part) return "it takes too long";
    if (wire.size() > longest_wire_bytes) return "the reply is too long";
    const std::size_t head = wire.find("\r\n\r\n") + 4;
    const std::string length = fmt::format("Content-Length: {}\r\n", made.body().size());
    if (!wire.starts_with(fmt::format("HTTP/1.1 {} ", made.status)) || wire.find(length) > head) {
        return "the reply's head is not of this reply";
    }
    if (wire.substr(head) != (made.head ? "" : made.body())) return "the reply does not end with its body";
    return {};
}

std::string conversation::served() const {
    std::string wires;
    for (const answer& each : answers) wires += each.refused ? "" : each.wire;
    return wires;
}

const answer* conversation::refusal() const {
    return !answers.empty() && answers.back().refused ? &answers.back() : nullptr;
}

conversation converse(std::string_view bytes, const std::function<std::size_t()>& next_piece,
                      bool keeps_open) {
    conversation held;
    incoming_request request(fuzzed_limits);
    while (true) {
        while (!request.settled()) {
            static_cast<void>(request.wants_continue());
            if (bytes.empty()) return held;
            const auto room = request.room();
            if (room.empty()) return {.fault = "there is no room for the rest of the request"};
            const std::size_t piece =
                std::min({std::max(std::size_t{1}, next_piece()), room.size(), bytes.size()});
            std::memcpy(room.data(), bytes.data(), piece);
            bytes.remove_prefix(piece);
            request.received(piece);
        }
        const plan planned = request.refusal() ? plan{.reply = *request.refusal()}
                                               : make_plan(request.method(), request.target());
        const bool keep = keeps_open && request.keep_alive();
        answer& given = held.answers.emplace_back();
        given.status = planned.reply.status;
        given.refused = request.refusal().has_value();
        given.immediate = planned.immediate();
        given.countable = planned.stats;
        render(planned.reply, keep, given.wire);
        given.wire = undated(std::move(given.wire));
        held.fault = fault_of(planned, given.wire);
        held.closed = !keep;
        if (!keep || !held.fault.empty()) return held;
        request.next();
    }
}

conversation converse_whole(std::string_view bytes, bool keeps_open) {
    return converse(
        bytes, [&bytes] { return bytes.size(); }, keeps_open);
}

conversation converse_bytewise(std::string_view bytes, bool keeps_open) {
    return converse(
        bytes, [] { return std::size_t{1}; }, keeps_open);
}

std::string difference(const conversation& latest, const conversation& other) {
    if (!other.fault.empty()) return other.fault;
    const answer* const refusal = other.refusal();
    return compared(latest, other.served(), refusal == nullptr ? 0 : refusal->status);
}

std::string difference(const conversation& latest, std::string received) {
    received = undated(without_continues(std::move(received)));
    const std::string served = latest.served();
    const std::string_view rest = std::string_view(received).substr(std::min(served.size(), received.size()));
    if (rest.empty()) return compared(latest, received, 0);
    // Whatever comes beyond what is served is a refusal, and the last word.
    const bool refuses = rest.starts_with("HTTP/1.1 4") || rest.starts_with("HTTP/1.1 50");
    const bool last = rest.find("Connection: close\r\n") != std::string_view::npos;
    if (!refuses || !last) return fmt::format("what is no request is answered\n{}", rest);
    return compared(latest, std::string_view(received).substr(0, served.size()), 400);
}

}  // namespace servers::tests
