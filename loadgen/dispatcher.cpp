#include "loadgen/dispatcher.hpp"

#include <algorithm>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// A sleeper is woken some 70 us late on a virtual machine. So an open loop is woken this long before a
// request is due and spins the rest, for at most a tenth of the time between two requests.
constexpr nanoseconds longest_alert = 100us;
constexpr int alert_share = 10;
// A request handed out this late has been handed out in time.
constexpr nanoseconds punctual = 100us;
// A dispatcher that has fallen behind lets the replies in after this many requests.
constexpr std::uint64_t most_at_once = 64;

nanoseconds alert_of(const plan& asked) {
    if (asked.load.arrivals == arrivals::closed) return nanoseconds(0);
    const auto gap = std::chrono::duration<double>(asked.all_threads() / asked.load.rate.highest_rps());
    return std::min(longest_alert, std::chrono::duration_cast<nanoseconds>(gap / alert_share));
}

}  // namespace

dispatcher::dispatcher(loop& events, const plan& asked, schedule& arrivals, std::size_t slots,
                       ledger& accounts)
    : loop_(events),
      arrivals_(arrivals),
      alert_(alert_of(asked)),
      backlog_(arrivals),
      idle_(slots),
      ledger_(accounts),
      timer_(events) {}

// Wakes for each due time. Late wake-ups do not move the schedule: everything due by now is handed out at
// once.
task<> dispatcher::run(clock::time_point start) {
    std::uint64_t handed_out = 0;
    for (auto next = arrivals_.peek(); next && !stopping_; next = arrivals_.peek()) {
        const auto due = start + next->due;
        const auto now = clock::now();
        if (now < due - alert_) {
            co_await timer_.until(due - alert_);
            continue;
        }
        if (now < due) {
            co_await loop_.turn();  // once around the loop: replies are read meanwhile
            continue;
        }
        arrivals_.take();
        hand_out(next->due, now - start);
        if (++handed_out % most_at_once == 0) co_await loop_.turn();
    }
    stop();
}

void dispatcher::stop() {
    stopping_ = has_ended_ = true;
    timer_.cancel();
    while (!idle_.empty()) resume_longest_idle();
}

// What is handed out late while a slot is idle keeps that slot from those that follow: they may wait as long.
void dispatcher::hand_out(nanoseconds due, nanoseconds now) {
    ledger_.started(due);
    if (backlog_.size() == 0 && now - due < punctual) {
        late_ = nanoseconds(0);
        lost_before_ = ledger_.lost();
    } else if (!idle_.empty()) {
        late_ = std::max(late_, now - due);
    }
    backlog_.add(now);
    resume_longest_idle();
}

// Handing it out late is lag, and so is the part of the wait for a slot that others caused by being late.
dispatcher::turn dispatcher::take(nanoseconds free_since) {
    const auto [request, handed_out] = backlog_.take();
    const auto waited = std::max(free_since - handed_out, nanoseconds(0));
    const auto queue = waited - std::min(waited, late_);
    const auto lost = ledger_.lost() - std::min(waited, ledger_.lost() - lost_before_);
    return {request, queue, handed_out - request.due + waited - queue, lost};
}

void dispatcher::resume_longest_idle() {
    if (idle_.empty()) return;
    auto* const slot = idle_.front();
    idle_.pop_front();
    slot->resume();
}

}  // namespace loadgen
