// What a server counts about itself, and its form for GET /stats. Counting is relaxed: the figures are for
// people, and nothing is decided by them but the limit on connections, which one thread decides at a time,
// and which needs only that no increment is lost.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace servers {

class counter {
public:
    void operator++() { value_.fetch_add(1, std::memory_order_relaxed); }
    void operator+=(std::uint64_t more) { value_.fetch_add(more, std::memory_order_relaxed); }
    void operator--() { value_.fetch_sub(1, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

// On cache lines of its own, as each is counted by another thread.
struct alignas(64) counters {
    counter open;             // connections now open
    counter admitted;         // of these, within the limit: one that is refused takes nobody's place
    counter accepted;         // connections taken from the kernel, the refused ones too
    counter refused;          // of these, answered 503 because a limit was reached
    counter accept_pauses;    // times nothing could be accepted: out of file descriptors or memory
    counter thread_failures;  // times a thread could not be started
    counter failures;   // connections dropped because of an error of the server's own, such as no memory
    counter timeouts;   // connections closed because a time limit passed
    counter drained;    // connections closed by a drain before something that came too late was answered
    counter abandoned;  // connections whose client left within a wait, where that is noticed
    std::array<counter, 5> replies;  // by class of status: 1xx to 5xx

    void let_in(bool welcome) {
        ++open;
        if (welcome) ++admitted;
    }
    void let_out(bool welcome) {
        --open;
        if (welcome) --admitted;
    }
    void replied(unsigned status) { ++replies.at(status / 100 - 1); }
};

// The sum of several counters as a JSON object.
class counters_report {
public:
    void add(const counters& part);
    [[nodiscard]] std::uint64_t drained() const { return drained_; }
    [[nodiscard]] std::string json(std::uint64_t threads, std::chrono::steady_clock::duration uptime) const;

private:
    std::uint64_t open_ = 0, accepted_ = 0, refused_ = 0, accept_pauses_ = 0;
    std::uint64_t thread_failures_ = 0, failures_ = 0, timeouts_ = 0, drained_ = 0, abandoned_ = 0;
    std::array<std::uint64_t, 5> replies_{};
};

}  // namespace servers
