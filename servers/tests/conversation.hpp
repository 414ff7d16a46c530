// A whole connection without a socket: a client's bytes go in, the replies come out, by the same steps as in
// the servers' converse(). It is what the fuzzers run, because it is a thousand times faster than a
// connection; that it says what the servers say is tested on the fuzzers' corpus, and by a fuzzer of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "servers/request.hpp"
#include "servers/workload.hpp"

namespace servers::tests {

struct answer {
    unsigned status = 0;
    bool refused = false;    // while it was read: nothing that follows is a request
    bool immediate = true;   // nothing to wait for
    bool countable = false;  // the reply is the server's counters
    std::string wire{};
};

// What is wrong, if anything, with what a request is answered: with its plan, or with the plan's reply as
// sent.
[[nodiscard]] std::string fault_of(const plan& planned, const std::string& wire);

struct conversation {
    std::vector<answer> answers{};
    bool closed = false;  // by the server, while the client had not yet closed
    std::string fault{};  // of the code, not of the client: in a line, or empty

    // The replies to what was not refused, and what was refused if anything was.
    [[nodiscard]] std::string served() const;
    [[nodiscard]] const answer* refusal() const;
};

// Every limit is small, so that a fuzzer reaches it.
inline constexpr request_limits fuzzed_limits{.header_bytes = 512, .body_bytes = 64};

// Sends `bytes` in pieces of as many bytes as next_piece() says (0 counts as 1), then closes. A server that
// does not keep connections gives one answer.
[[nodiscard]] conversation converse(std::string_view bytes, const std::function<std::size_t()>& next_piece,
                                    bool keeps_open = true);

// The same in one piece, and byte by byte.
[[nodiscard]] conversation converse_whole(std::string_view bytes, bool keeps_open = true);
[[nodiscard]] conversation converse_bytewise(std::string_view bytes, bool keeps_open = true);

// What is wrong if `other` is the same conversation in other pieces. All that depends on the pieces is how
// soon, before its end, a header that makes no sense is refused; `latest` is the one byte by byte.
[[nodiscard]] std::string difference(const conversation& latest, const conversation& other);

// The same of `received`, which a server sent. 100 Continue, which depends on the pieces too, is left out.
[[nodiscard]] std::string difference(const conversation& latest, std::string received);

}  // namespace servers::tests
