#include "loadgen/watchdog.hpp"

#include <algorithm>

#include "loadgen/pulse.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// The rest of a run without a server would be waiting for nothing.
constexpr nanoseconds give_up_after = 5s;
constexpr nanoseconds give_up_at_start_after = 1s;
// How late a timeout may be noticed, as a share of the timeout.
constexpr int timeout_precision = 20;

}  // namespace

watchdog::watchdog(loop& events, const plan& asked, const std::vector<std::unique_ptr<session>>& sessions,
                   contact& server)
    : loop_(events), plan_(asked), sessions_(sessions), contact_(server), timer_(events) {}

// Looks at all connections, but only when the first deadline is near.
task<> watchdog::run(clock::time_point start, std::function<void()> time_is_up, std::function<void()> stop) {
    const auto longest_sleep = std::clamp<nanoseconds>(plan_.timeout / timeout_precision, 1ms, 100ms);
    const auto never = clock::time_point::max();
    const auto end = plan_.load.duration ? start + *plan_.load.duration : never;
    const auto drain_end = plan_.load.duration ? end + plan_.drain : never;
    contact_.count_as_alive(start);
    auto wake = start;
    while (!is_done_) {
        auto now = clock::now();
        // After a time in which this thread was not run, replies may lie here that came before their
        // deadline.
        if (now - wake > pulse::tolerance) {
            for (std::size_t round = 0; round <= 1 + sessions_.size() / loop::most_events; ++round)
                co_await loop_.turn();
        }
        if (now >= end) time_is_up();
        look(now);
        wake = std::min(now + longest_sleep, now < end ? end : drain_end);
        for (const auto& s : sessions_) wake = std::min(wake, s->deadline());
        if (now >= drain_end) stop();
        if (!is_done_) co_await timer_.until(wake);
    }
}

void watchdog::look(clock::time_point now) {
    bool is_failing = false;
    for (const auto& s : sessions_) {
        if (s->deadline() <= now) s->interrupt(outcome::timed_out);
        if (s->has_ended()) continue;
        if (s->is_open()) contact_.count_as_alive(now);
        is_failing = is_failing || s->is_failing();
    }
    const auto patience = contact_.has_connected() ? give_up_after : give_up_at_start_after;
    cannot_go_on_.store(is_failing && contact_.silent_for(now) > patience, std::memory_order_relaxed);
}

void watchdog::sleep_no_more() {
    is_done_ = true;
    timer_.cancel();
}

}  // namespace loadgen
