#include "loadgen/worker.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "loadgen/post_surely.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

constexpr asio::use_awaitable_t<executor> use_task;

// A slot that could not connect waits before it tries again, twice as long each time, so that a dead server
// is not hammered.
constexpr nanoseconds first_back_off = 10ms;
constexpr nanoseconds longest_back_off = 1s;
// Opening the kept connections may take this long; those still missing are tried again when a request needs
// them.
constexpr auto longest_prepare = 10s;
// The share of `total` that thread `index` of `threads` has.
unsigned share_of(unsigned total, unsigned index, unsigned threads) {
    return total / threads + (index < total % threads ? 1 : 0);
}

std::size_t rows_of(const plan& what) {
    const auto cap =
        what.load.requests ? std::min<std::uint64_t>(*what.load.requests, what.rows_cap) : what.rows_cap;
    return static_cast<std::size_t>((cap + what.threads - 1) / what.threads);
}

}  // namespace

worker::worker(const plan& what, const class_sequence& sequence, unsigned index)
    : plan_(what),
      sequence_(sequence),
      arrivals_(what.load, index, what.threads),
      recorder_(what.classes.size(), rows_of(what), what.load.duration.value_or(nanoseconds::max())),
      dispatcher_(context_, what, arrivals_, share_of(what.connections, index, what.threads), pulse_,
                  recorder_, live_),
      watchdog_(context_, what, slots_),
      beat_timer_(context_) {
    const auto slots = share_of(what.connections, index, what.threads);
    for (unsigned i = 0; i < slots; ++i)
        slots_.push_back(std::make_unique<slot>(context_, poller_, what.server, index + i * what.threads));
}

void worker::prepare() noexcept try {
    if (plan_.mode == connection_mode::fresh) {
        for (auto& s : slots_)
            s->link.prepare();  // what fails now fails again, and is counted, when it is due
        return;
    }
    for (auto& s : slots_) spawn(open_kept(*s), [] {});
    context_.run_for(longest_prepare);
    for (auto& s : slots_)
        if (!s->link.is_open()) s->link.interrupt(outcome::connect_failed);
    context_.restart();
    context_.run();
    context_.restart();
} catch (...) {
    failed(std::current_exception());
}

bool worker::can_start() const {
    return plan_.mode == connection_mode::fresh ||
           std::any_of(slots_.begin(), slots_.end(), [](const auto& s) { return s->link.is_open(); });
}

void worker::run(clock::time_point start) noexcept try {
    start_ = start;
    if (plan_.load.duration) end_ = start + *plan_.load.duration;
    try {
        launch();
        be_awake_at(start);
        pulse_.begin(start);
        context_.run();
    } catch (...) {  // of a handler, not of a coroutine: what is in flight is still to be ended
        failed(std::current_exception());
        context_.run();
    }
    note_utilisation();
    record_unsent();
    cpu_ = pulse_.cpu();
    failing_for_ = watchdog_.failing_for(clock::now());
} catch (...) {
    if (!fault_) fault_ = std::current_exception();
}

void worker::launch() {
    const bool closed = plan_.load.arrivals == arrivals::closed;
    for (auto& s : slots_) {
        s->free_since = start_;
        spawn(closed ? run_closed(*s) : run_open(*s), [this, &s = *s] { slot_ended(s); });
        ++active_;
    }
    if (!closed) spawn(dispatcher_.run(start_), [] {});
    spawn(watchdog_.run(
              start_, [this] { note_utilisation(); }, [this] { stop(); }),
          [] {});
    spawn(beat(), [] {});
}

// Every coroutine has somebody who hears how it ended.
template <class Ended>
void worker::spawn(task<> what, Ended ended) {
    asio::co_spawn(context_, std::move(what), [this, ended](std::exception_ptr fault) {
        if (fault) failed(fault);
        ended();
    });
}

void worker::failed(std::exception_ptr fault) {
    if (!fault_) fault_ = std::move(fault);
    stop();
}

void worker::request_stop() {
    post_surely(context_, [this] { stop(); });
}

task<> worker::open_kept(slot& s) {
    s.link.begin(clock::time_point::max());
    if (stopping_) co_return;
    const auto opened = co_await s.link.open();  // not inside the `if`: g++ 12 lays out such a frame wrongly
    if (opened == outcome::ok) watchdog_.note_alive(clock::now());
    if (s.link.lacked() != shortage::none) lacked_ = s.link.lacked();
}

task<> worker::run_closed(slot& s) {
    while (!closed_loop_ended(s.free_since)) {
        const auto next = *arrivals_.peek();
        arrivals_.take();
        auto x = begin(s, {next.request, s.free_since - start_});
        recorder_.started(x.due);
        live_.started();
        const auto lost = pulse_.lost();
        std::exception_ptr fault;
        try {
            co_await perform(s, x);
        } catch (...) {
            fault = std::current_exception();
        }
        end(s, x, lost);
        if (fault) std::rethrow_exception(fault);
        if (s.failed_connects > 0) co_await back_off(s);
    }
}

task<> worker::run_open(slot& s) {
    for (;;) {
        if (!dispatcher_.has_waiting() || stopping_) {
            if (dispatcher_.has_ended() || stopping_) break;
            s.was_idle = true;
            co_await dispatcher_.idle(s.idle);
            continue;
        }
        const auto turn = dispatcher_.take(s.free_since - start_);
        auto x = begin(s, turn.request);
        x.queue = turn.queue;
        x.lag = turn.lag;
        std::exception_ptr fault;
        try {
            if (x.latency() < plan_.timeout)
                co_await perform(s, x);
            else if (x.lag < plan_.timeout)
                x.result = outcome::timed_out;  // nobody waits for it any more: it is not sent
            else
                x.lacked = shortage::time;
        } catch (...) {
            fault = std::current_exception();
        }
        end(s, x, turn.lost);
        if (fault) std::rethrow_exception(fault);
        if (s.failed_connects > 0) co_await back_off(s);
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

// What passes before the connect begins and before the first byte is sent, beyond the queue, is lag.
task<> worker::perform(slot& s, exchange& x) {
    const auto deadline = start_ + x.due + plan_.timeout;
    s.link.begin(deadline);
    if (std::exchange(s.was_idle, false) && s.link.is_open()) s.link.close_if_ended();
    if (!s.link.is_open()) {
        const bool connected = co_await connect(s, x);
        if (!connected) co_return;
    }
    const bool keep = plan_.mode == connection_mode::kept;
    const auto sent = co_await s.link.perform({plan_.classes[x.request_class].bytes, keep, plan_.is_head}, x);
    x.lag = sent - (start_ + x.due + x.queue + x.connect);
    if (x.reply_bytes > 0) watchdog_.note_alive(sent + x.service);
    if (!s.link.is_spent()) co_return;
    // Closing takes about as long as reading a reply. Replies that are already there go first, so that none
    // of them is stamped late because of it.
    co_await asio::post(context_, use_task);
    s.link.close();
}

// Connect is told whether it succeeds or not.
task<bool> worker::connect(slot& s, exchange& x) {
    const auto began = clock::now();
    x.lag = began - (start_ + x.due + x.queue);
    x.result = co_await s.link.open();
    x.lacked = s.link.lacked();
    const auto now = clock::now();
    x.connect = now - began;
    if (x.result != outcome::ok) {
        ++s.failed_connects;
        watchdog_.note_failing(began);
        co_return false;
    }
    s.failed_connects = 0;
    watchdog_.note_alive(now);
    co_return true;
}

task<> worker::back_off(slot& s) {
    const auto doublings = std::min(s.failed_connects, 8U) - 1;
    s.wake.expires_after(std::min(first_back_off * (1 << doublings), longest_back_off));
    error_code woken;
    if (!stopping_) co_await s.wake.async_wait(asio::redirect_error(use_task, woken));
    s.free_since = clock::now();
}

exchange worker::begin(const slot& s, const planned& next) const {
    exchange x;
    x.request = next.request;
    x.request_class = sequence_.class_of(next.request);
    x.connection = s.index;
    x.due = next.due;
    return x;
}

// `lost` is what the pulse had lost when the request became due.
void worker::end(slot& s, exchange& x, nanoseconds lost) {
    const auto done = x.done();
    if (pulse_.is_overdue(start_ + done)) pulse_.beat(clock::now());
    const auto late = plan_.load.arrivals == arrivals::closed ? nanoseconds(0) : x.lag;
    x.own = std::min(late + pulse_.lost() - lost, x.latency());
    record(x);
    s.free_since = start_ + done;
    s.parts.generator += x.lag;
    s.parts.connect += x.connect;
    recorder_.slot_reached(done, s.parts);
}

void worker::record(const exchange& request) {
    recorder_.finished(request);
    live_.finished(request);
}

bool worker::closed_loop_ended(clock::time_point now) const {
    return stopping_ || now >= end_ || !arrivals_.peek();
}

// At the end of the measured time, or of the work if that comes first.
void worker::note_utilisation() {
    if (utilisation_.running > 0) return;
    const auto now = clock::now();
    pulse_.beat(now);
    utilisation_ = pulse_.shares(now);
}

void worker::slot_ended(slot& s) {
    s.has_ended = true;
    if (--active_ > 0) return;
    watchdog_.sleep_no_more();
    beat_timer_.cancel();
}

void worker::stop() {
    stopping_ = true;
    for (auto& s : slots_) {
        s->link.interrupt(outcome::unfinished);
        s->wake.cancel();
    }
    dispatcher_.stop();
}

// Requests that were scheduled and never sent have an outcome too. Those of an open loop that are due have
// waited since; those of a fixed count that never became due have nothing but their existence.
void worker::record_unsent() {
    const auto now = clock::now() - start_;
    const slot none(context_, poller_, plan_.server, 0);
    while (dispatcher_.has_waiting()) {
        const auto turn = dispatcher_.take(now);
        auto x = begin(none, turn.request);
        x.queue = turn.queue;
        x.lag = x.own = turn.lag;
        record(x);
    }
    for (auto next = arrivals_.peek(); next; next = arrivals_.peek()) {
        auto x = begin(none, *next);
        x.was_due = plan_.load.arrivals != arrivals::closed && x.due <= now;
        if (!x.was_due && !plan_.load.requests) break;  // for a time, only what became due was scheduled
        arrivals_.take();
        if (x.was_due) x.lag = x.own = now - x.due;
        record(x);
    }
}

}  // namespace loadgen
