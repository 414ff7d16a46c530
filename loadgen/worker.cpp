#include "loadgen/worker.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "loadgen/process.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

constexpr asio::use_awaitable_t<executor> use_task;

// A slot that could not connect waits before it tries again, twice as long each time, so that a dead server
// is not hammered.
constexpr nanoseconds first_back_off = 10ms;
constexpr nanoseconds longest_back_off = 1s;
// When nothing could be connected for this long, the server is gone: the rest of the run would be waiting for
// nothing.
constexpr nanoseconds give_up_after = 5s;
constexpr nanoseconds give_up_at_start_after = 1s;
// Opening the kept connections may take this long; those still missing are tried again when a request needs
// them.
constexpr auto longest_prepare = 10s;
// A kept connection that idled this long may have been closed by the server meanwhile; asking the kernel
// costs one call.
constexpr nanoseconds idle_before_check = 100ms;
// A sleeper is woken some 70 us late on a virtual machine. So an open loop is woken this long before a
// request is due and spins the rest, for at most a tenth of the time between two requests.
constexpr nanoseconds longest_alert = 100us;
constexpr int alert_share = 10;
// A dispatcher that has fallen behind lets the replies in after this many requests.
constexpr std::uint64_t most_at_once = 64;
// How late a timeout may be noticed, as a share of the timeout.
constexpr int timeout_precision = 20;

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
      backlog_(arrivals_),
      idle_(share_of(what.connections, index, what.threads)),
      recorder_(what.classes.size(), rows_of(what), what.load.duration.value_or(nanoseconds::max())),
      dispatch_timer_(context_),
      watch_timer_(context_) {
    const auto slots = share_of(what.connections, index, what.threads);
    for (unsigned i = 0; i < slots; ++i)
        slots_.push_back(std::make_unique<slot>(context_, poller_, what.server, index + i * what.threads));
}

unsigned worker::prepare() {
    if (plan_.mode == connection_mode::kept) {
        for (auto& s : slots_) asio::co_spawn(context_, open_kept(*s), asio::detached);
        context_.run_for(longest_prepare);
        for (auto& s : slots_)
            if (!s->link.is_open()) s->link.interrupt(outcome::connect_failed);
        context_.restart();
        context_.run();
        context_.restart();
    } else {
        for (auto& s : slots_)
            s->link.prepare();  // what fails now fails again, and is counted, when it is due
    }
    return static_cast<unsigned>(
        std::count_if(slots_.begin(), slots_.end(), [](const auto& s) { return s->link.is_open(); }));
}

void worker::run(clock::time_point start) {
    start_ = start;
    last_alive_ = start;
    if (plan_.load.duration) end_ = start + *plan_.load.duration;
    const bool closed = plan_.load.arrivals == arrivals::closed;
    active_ = slots_.size();
    for (auto& s : slots_) {
        s->free_since = start;
        asio::co_spawn(context_, closed ? run_closed(*s) : run_open(*s), asio::detached);
    }
    dispatching_ = !closed;
    if (!closed) asio::co_spawn(context_, dispatch(), asio::detached);
    asio::co_spawn(context_, watch(), asio::detached);
    be_awake_at(start);
    before_ = thread_times();
    context_.run();
    note_utilisation();
    record_unsent();
    cpu_ = thread_times().cpu - before_.cpu;
}

void worker::request_stop() {
    asio::post(context_, [this] { stop(); });
}

task<> worker::open_kept(slot& s) {
    s.link.begin(clock::time_point::max());
    const auto opened = co_await s.link.open();  // not inside the `if`: g++ 12 lays out such a frame wrongly
    if (opened == outcome::ok) has_connected_ = true;
}

task<> worker::run_closed(slot& s) {
    while (!closed_loop_ended(s.free_since)) {
        const auto next = *arrivals_.peek();
        arrivals_.take();
        auto x = begin(s, next.request, s.free_since - start_);
        started(x.due);
        co_await perform(s, x, s.free_since);
        finished(x);
        s.free_since = start_ + x.done();
        if (x.result == outcome::connect_failed) co_await back_off(s);
    }
    slot_ended();
}

task<> worker::run_open(slot& s) {
    for (;;) {
        if (waiting_ == 0 || stopping_) {
            if (!dispatching_ || stopping_) break;
            idle_.push_back(&s);
            co_await s.idle.wait();
            continue;
        }
        --waiting_;
        const auto next = *backlog_.peek();
        backlog_.take();
        auto x = begin(s, next.request, next.due);
        const auto ready = std::max(start_ + x.due, s.free_since);
        x.queue = ready - (start_ + x.due);
        if (s.link.is_open() && ready - s.free_since > idle_before_check) s.link.close_if_ended();
        if (x.queue < plan_.timeout)
            co_await perform(s, x, ready);
        else
            x.result = outcome::timed_out;  // nobody waits for it any more: it is not sent
        finished(x);
        s.free_since = start_ + x.done();
        if (x.result == outcome::connect_failed) co_await back_off(s);
    }
    slot_ended();
}

// Wakes for each due time. Late wake-ups do not move the schedule: everything due by now is handed out at
// once.
task<> worker::dispatch() {
    const auto gap = std::chrono::duration<double>(plan_.threads / plan_.load.rate_rps);
    const auto alert = std::min(longest_alert, std::chrono::duration_cast<nanoseconds>(gap / alert_share));
    std::uint64_t handed_out = 0;
    for (auto next = arrivals_.peek(); next && !stopping_; next = arrivals_.peek()) {
        const auto due = start_ + next->due;
        const auto now = clock::now();
        if (now < due - alert) {
            error_code woken;
            dispatch_timer_.expires_at(due - alert);
            co_await dispatch_timer_.async_wait(asio::redirect_error(use_task, woken));
            continue;
        }
        if (now < due) {
            co_await asio::post(context_, use_task);  // once around the loop: replies are read meanwhile
            continue;
        }
        arrivals_.take();
        started(next->due);
        ++waiting_;
        resume_longest_idle();
        if (++handed_out % most_at_once == 0) co_await asio::post(context_, use_task);
    }
    dispatching_ = false;
    while (!idle_.empty()) resume_longest_idle();
}

// Enforces timeouts, the end of the drain and giving up. Looks at all connections, but only when the first
// deadline is near.
task<> worker::watch() {
    const auto longest_sleep = std::clamp<nanoseconds>(plan_.timeout / timeout_precision, 1ms, 100ms);
    const auto drain_end = end_ == clock::time_point::max() ? end_ : end_ + plan_.drain;
    while (active_ > 0) {
        const auto now = clock::now();
        if (now >= end_) note_utilisation();
        auto wake = std::min(now + longest_sleep, now < end_ ? end_ : drain_end);
        for (auto& s : slots_) {
            if (s->link.deadline() <= now) s->link.interrupt(outcome::timed_out);
            wake = std::min(wake, s->link.deadline());
        }
        const bool is_failing =
            std::any_of(slots_.begin(), slots_.end(), [](auto& s) { return s->failed_connects > 0; });
        const bool is_gone =
            is_failing && now - last_alive_ > (has_connected_ ? give_up_after : give_up_at_start_after);
        if (now >= drain_end || is_gone) stop();
        error_code woken;
        watch_timer_.expires_at(wake);
        if (active_ > 0) co_await watch_timer_.async_wait(asio::redirect_error(use_task, woken));
    }
}

void worker::resume_longest_idle() {
    if (idle_.empty()) return;
    auto* const s = idle_.front();
    idle_.pop_front();
    s->idle.resume();
}

task<> worker::perform(slot& s, exchange& x, clock::time_point ready) {
    const auto deadline = start_ + x.due + plan_.timeout;
    s.link.begin(deadline);
    if (!s.link.is_open()) {
        const bool connected = co_await connect(s, x, ready);
        if (!connected) co_return;
        ready += x.lag + x.connect;
    }
    const bool keep = plan_.mode == connection_mode::kept;
    const auto sent = co_await s.link.perform({plan_.classes[x.request_class].bytes, keep, plan_.is_head}, x);
    x.lag += sent - ready;
    if (x.reply_bytes > 0) last_alive_ = sent + x.service;
    if (!s.link.is_spent()) co_return;
    // Closing takes about as long as reading a reply. Replies that are already there go first, so that none
    // of them is stamped late because of it.
    co_await asio::post(context_, use_task);
    s.link.close();
}

// The time until the connect began is the generator's own (lag); the rest is connect, whether it succeeds or
// not.
task<bool> worker::connect(slot& s, exchange& x, clock::time_point ready) {
    const auto began = clock::now();
    x.lag = began - ready;
    x.result = co_await s.link.open();
    x.connect = clock::now() - began;
    if (x.result != outcome::ok) {
        ++s.failed_connects;
        co_return false;
    }
    s.failed_connects = 0;
    has_connected_ = true;
    last_alive_ = began + x.connect;
    co_return true;
}

task<> worker::back_off(slot& s) {
    const auto doublings = std::min(s.failed_connects, 8U) - 1;
    s.wake.expires_after(std::min(first_back_off * (1 << doublings), longest_back_off));
    error_code woken;
    if (!stopping_) co_await s.wake.async_wait(asio::redirect_error(use_task, woken));
    s.free_since = clock::now();
}

exchange worker::begin(slot& s, std::uint64_t request, nanoseconds due) const {
    exchange x;
    x.request = request;
    x.request_class = sequence_.class_of(request);
    x.connection = s.index;
    x.due = due;
    return x;
}

bool worker::closed_loop_ended(clock::time_point now) const {
    return stopping_ || now >= end_ || !arrivals_.peek();
}

void worker::started(nanoseconds due) {
    recorder_.started(due);
    live_.started();
}

void worker::finished(const exchange& request) {
    recorder_.finished(request);
    live_.finished(request);
}

// At the end of the measured time, or of the work if that comes first.
void worker::note_utilisation() {
    if (utilisation_.running > 0) return;
    const std::chrono::duration<double> passed = clock::now() - start_;
    const auto now = thread_times();
    utilisation_ = {std::chrono::duration<double>(now.cpu - before_.cpu) / passed,
                    std::chrono::duration<double>(now.waiting - before_.waiting) / passed};
}

void worker::slot_ended() {
    if (--active_ == 0) watch_timer_.cancel();
}

void worker::stop() {
    stopping_ = true;
    dispatch_timer_.cancel();
    for (auto& s : slots_) {
        s->link.interrupt(outcome::unfinished);
        s->wake.cancel();
    }
}

// Requests that were scheduled and never sent have an outcome too. Those of an open loop that are due have
// waited since; those of a fixed count that never became due are recorded with nothing but their existence.
void worker::record_unsent() {
    const auto now = clock::now() - start_;
    const bool closed = plan_.load.arrivals == arrivals::closed;
    if (closed && !plan_.load.requests) return;
    auto& rest = closed ? arrivals_ : backlog_;
    for (auto next = rest.peek(); next; next = rest.peek()) {
        if (!closed && next->due > now) break;
        rest.take();
        exchange x;
        x.request = next->request;
        x.request_class = sequence_.class_of(next->request);
        x.due = closed ? now : next->due;
        x.queue = now - x.due;
        finished(x);
    }
}

}  // namespace loadgen
