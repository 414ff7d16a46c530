#include "loadgen/worker.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "loadgen/post_surely.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

constexpr asio::use_awaitable_t<executor> use_task;

// Opening the kept connections may take this long; those still missing are tried again when a request needs
// them.
constexpr auto longest_prepare = 10s;

// The part of `total` that thread `index` of `threads` has.
unsigned share_of(unsigned total, unsigned index, unsigned threads) {
    return total / threads + (index < total % threads ? 1 : 0);
}

}  // namespace

worker::worker(const plan& asked, const class_sequence& sequence, unsigned index)
    : plan_(asked),
      arrivals_(asked.load, index, asked.threads),
      ledger_(asked, sequence, pulse_),
      dispatcher_(context_, asked, arrivals_, share_of(asked.connections, index, asked.threads), ledger_),
      surroundings_{context_, poller_, asked, arrivals_, dispatcher_, ledger_, contact_},
      watchdog_(context_, asked, sessions_, contact_),
      beat_timer_(context_) {
    const auto slots = share_of(asked.connections, index, asked.threads);
    for (unsigned i = 0; i < slots; ++i)
        sessions_.push_back(std::make_unique<session>(surroundings_, index + i * asked.threads));
}

void worker::adopt(std::vector<open_socket>& connections) {
    for (auto& s : sessions_) {
        if (connections.empty()) return;
        s->adopt(std::move(connections.back()));
        connections.pop_back();
        contact_.note_alive(clock::now());
    }
}

void worker::release(std::vector<open_socket>& connections) {
    for (auto& s : sessions_)
        if (auto open = s->release()) connections.push_back(std::move(open));
}

void worker::prepare() noexcept try {
    if (plan_.mode == connection_mode::fresh) {
        for (auto& s : sessions_) s->prepare();
        return;
    }
    for (auto& s : sessions_)
        if (!s->is_open()) spawn(s->open(), [] {});
    context_.run_for(longest_prepare);
    for (auto& s : sessions_)
        if (!s->is_open()) s->interrupt(outcome::connect_failed);
    context_.restart();
    context_.run();
    context_.restart();
} catch (...) {
    failed(std::current_exception());
}

bool worker::can_start() const {
    return plan_.mode == connection_mode::fresh ||
           std::any_of(sessions_.begin(), sessions_.end(), [](const auto& s) { return s->is_open(); });
}

void worker::run(clock::time_point start) noexcept try {
    ledger_.begin(start);
    try {
        launch(start);
        be_awake_at(start);
        pulse_.begin(start);
        run_loop();
    } catch (...) {  // of a handler, not of a coroutine: what is in flight is still to be ended
        failed(std::current_exception());
        run_loop();
    }
    note_utilisation();
    close_unsent(clock::now() - start);
    cpu_ = pulse_.cpu();
    failing_for_ = contact_.failing_for(clock::now());
} catch (...) {
    if (!fault_) fault_ = std::current_exception();
}

void worker::launch(clock::time_point start) {
    for (auto& s : sessions_) {
        spawn(s->run(start), [this, &s = *s] { session_ended(s); });
        ++active_;
    }
    if (plan_.load.arrivals != arrivals::closed) spawn(dispatcher_.run(start), [] {});
    spawn(watchdog_.run(
              start, [this] { note_utilisation(); }, [this] { stop(); }),
          [] {});
    spawn(beat(), [] {});
}

void worker::run_loop() {
    if (!plan_.busy_poll) {
        context_.run();
        return;
    }
    for (auto before = clock::now(); !context_.stopped();) {
        const bool has_found = context_.poll() > 0;
        const auto now = clock::now();
        if (!has_found) pulse_.note_idle(now - before);
        before = now;
    }
}

task<> worker::beat() {
    while (active_ > 0) {
        error_code woken;
        beat_timer_.expires_after(pulse::period);
        co_await beat_timer_.async_wait(asio::redirect_error(use_task, woken));
        if (!woken) pulse_.beat(clock::now());
    }
}

// Every coroutine has somebody who hears how it ended.
template <class Ended>
void worker::spawn(task<> coroutine, Ended ended) {
    asio::co_spawn(context_, std::move(coroutine), [this, ended](std::exception_ptr fault) {
        if (fault) failed(fault);
        ended();
    });
}

void worker::failed(std::exception_ptr fault) {
    if (!fault_) fault_ = std::move(fault);
    stop();
}

void worker::session_ended(session& ended) {
    ended.note_end();
    if (--active_ > 0) return;
    watchdog_.sleep_no_more();
    beat_timer_.cancel();
}

void worker::request_stop() {
    post_surely(context_, [this] { stop(); });
}

void worker::stop() {
    for (auto& s : sessions_) s->stop();
    dispatcher_.stop();
}

// At the end of the measured time, or of the work if that comes first.
void worker::note_utilisation() {
    if (utilisation_.running > 0) return;
    const auto now = clock::now();
    pulse_.beat(now);
    utilisation_ = pulse_.shares(now);
}

// Requests that were scheduled and never sent have an outcome too. Those of an open loop that are due have
// waited since.
void worker::close_unsent(nanoseconds now) {
    while (dispatcher_.has_waiting()) {
        const auto turn = dispatcher_.take(now);
        ledger_.close_unsent(turn.request, turn.queue, turn.lag);
    }
    for (auto next = arrivals_.peek(); next; next = arrivals_.peek()) {
        const bool was_due = plan_.load.arrivals != arrivals::closed && next->due <= now;
        if (!was_due && !plan_.load.requests) break;  // for a time, only what became due was scheduled
        arrivals_.take();
        if (was_due)
            ledger_.close_unsent(*next, nanoseconds(0), now - next->due);
        else
            ledger_.close_not_due(*next);
    }
}

}  // namespace loadgen
