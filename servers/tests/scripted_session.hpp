// The blocking session on a connection and a backend that are neither thread nor socket: a client's bytes,
// and a list of what was waited for.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "servers/blocking_session.hpp"
#include "servers/tests/conversation.hpp"

namespace servers::tests {

// The client sends `bytes` in pieces of as many bytes as next_piece() says (0 counts as 1), then closes.
class scripted_connection {
public:
    scripted_connection(std::string_view bytes, const std::function<std::size_t()>& next_piece)
        : bytes_(bytes), next_piece_(next_piece) {}

    void expect_within(std::chrono::milliseconds) {}
    [[nodiscard]] bool late() const { return false; }
    std::size_t read(std::span<char> room, bool) {
        if (bytes_.empty()) return 0;
        const std::size_t piece =
            std::min({std::max(std::size_t{1}, next_piece_()), room.size(), bytes_.size()});
        std::copy_n(bytes_.data(), piece, room.data());
        bytes_.remove_prefix(piece);
        return piece;
    }
    std::size_t read_at_once(std::span<char> room) { return read(room, true); }
    std::size_t write_at_once(std::string_view bytes) {
        received_.append(bytes);
        return bytes.size();
    }
    static bool write_rest(std::string_view, std::size_t) { return false; }
    [[nodiscard]] bool has_more() const { return !bytes_.empty(); }
    void finish_writing() {}

    // All that the client was sent.
    [[nodiscard]] const std::string& received() const { return received_; }

private:
    std::string_view bytes_;
    const std::function<std::size_t()>& next_piece_;
    std::string received_;
};

// Waits for nothing.
class scripted_backend {
public:
    explicit scripted_backend(database_answer answer = database_answer::done) : answer_(answer) {}

    void sleep(std::chrono::milliseconds duration) {
        calls_.push_back(fmt::format("sleep {}", duration.count()));
    }
    database_answer query(std::chrono::milliseconds duration) {
        calls_.push_back(fmt::format("query {}", duration.count()));
        return answer_;
    }
    template <class Work>
    void offload(Work) {
        calls_.emplace_back("offload");
    }

    [[nodiscard]] const std::vector<std::string>& calls() const { return calls_; }

private:
    database_answer answer_;
    std::vector<std::string> calls_;
};

// What the client is sent.
inline std::string scripted_session(std::string_view bytes, const std::function<std::size_t()>& next_piece,
                                    scripted_backend& backend, bool keep_open = true) {
    const options limits{.max_header_bytes = fuzzed_limits.header_bytes,
                         .max_body_bytes = fuzzed_limits.body_bytes};
    const session_terms terms{.limits = limits,
                              .stats = [] { return std::string(); },
                              .keep_open = keep_open,
                              .burden = handicap(std::chrono::nanoseconds(0))};
    counters counts;
    const std::atomic<bool> draining{false};
    scripted_connection peer(bytes, next_piece);
    std::string wire;
    blocking_session session(terms, counts, draining, peer, backend, wire);
    session.converse();
    return peer.received();
}

}  // namespace servers::tests
