#include "loadgen/session.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// A slot that could not connect waits before it tries again, twice as long each time, so that a dead server
// is not hammered.
constexpr nanoseconds first_back_off = 10ms;
constexpr nanoseconds longest_back_off = 1s;

}  // namespace

session::session(const surroundings& shared, std::uint32_t index)
    : shared_(shared),
      link_(shared.events, shared.wire, shared.asked.server, shared.tls, shared.buffer),
      wake_(shared.events),
      index_(index) {}

task<> session::open() {
    link_.begin(clock::time_point::max());
    if (stopping_) co_return;
    auto opened = co_await link_.open();  // not inside the `if`: g++ 12 lays out such a frame wrongly
    if (opened == outcome::ok && link_.has_tls()) opened = co_await link_.shake_hands();
    if (opened == outcome::ok) shared_.server.note_alive(clock::now());
    shared_.server.note_lacking(link_.lacked());
    if (opened != outcome::ok) shared_.server.note_tls_fault(link_.tls_fault());
}

task<> session::run(clock::time_point start) {
    start_ = free_since_ = start;
    return shared_.asked.load.arrivals == arrivals::closed ? run_closed() : run_open();
}

task<> session::run_closed() {
    const auto& duration = shared_.asked.load.duration;
    const auto end = duration ? start_ + *duration : clock::time_point::max();
    while (!stopping_ && free_since_ < end && shared_.arrivals.peek()) {
        const auto next = *shared_.arrivals.peek();
        shared_.arrivals.take();
        auto x = shared_.accounts.open({next.request, free_since_ - start_}, index_);
        shared_.accounts.started(x.due);
        const auto lost = shared_.accounts.lost();
        std::exception_ptr fault;
        try {
            co_await perform(x);
        } catch (...) {
            fault = std::current_exception();
        }
        close(x, lost);
        if (fault) std::rethrow_exception(fault);
        if (is_failing()) co_await back_off();
        co_await take_turn();
    }
}

// First the replies that are already there are read, then requests are sent: many of one kind in a row cost
// less, as the kernel's code for it stays in the cache. The next request is due when its turn has come.
task<> session::take_turn() {
    co_await shared_.events.turn();
    const auto now = clock::now();
    parts_.generator += now - free_since_;
    free_since_ = now;
}

task<> session::run_open() {
    auto& waiting = shared_.waiting;
    for (;;) {
        if (!waiting.has_waiting() || stopping_) {
            if (waiting.has_ended() || stopping_) break;
            was_idle_ = true;
            co_await waiting.idle(idle_);
            continue;
        }
        const auto turn = waiting.take(free_since_ - start_);
        auto x = shared_.accounts.open(turn.request, index_);
        x.queue = turn.queue;
        x.lag = turn.lag;
        std::exception_ptr fault;
        try {
            if (x.latency() < shared_.asked.timeout) {
                co_await perform(x);
                while (is_to_be_tried_again(x)) {
                    x.try_again();
                    co_await perform(x);
                }
            } else if (x.lag < shared_.asked.timeout) {
                x.result = outcome::timed_out;  // nobody waits for it any more: it is not sent
            } else {
                x.lacked = shortage::time;
            }
        } catch (...) {
            fault = std::current_exception();
        }
        close(x, turn.lost);
        if (fault) std::rethrow_exception(fault);
        if (is_failing()) co_await back_off();
    }
}

// Whoever gives up asks again, as often as the plan says: one request, due when its first try was.
bool session::is_to_be_tried_again(const exchange& x) const {
    return x.result == outcome::timed_out && x.retries < shared_.asked.retries && !stopping_;
}

// What passes before the connect begins and before the first byte is sent, beyond the queue, is lag.
task<> session::perform(exchange& x) {
    const auto& asked = shared_.asked;
    const auto deadline = start_ + (x.retries == 0 ? x.due : x.done()) + asked.timeout;
    link_.begin(deadline);
    if (std::exchange(was_idle_, false) && link_.is_open()) link_.close_if_ended();
    if (!link_.is_open()) {
        const bool connected = co_await connect(x);
        if (!connected) co_return;
    }
    const bool keep = asked.mode == connection_mode::kept;
    const auto& bytes = asked.classes[x.request_class].bytes_of(x.request);
    const auto sent = co_await link_.perform({bytes, keep, asked.is_head, asked.expected, shared_.head}, x);
    const bool is_used_up = ++requests_on_link_ == asked.requests_per_connection;
    x.lag = sent - (start_ + x.due + x.queue + x.earlier + x.connect + x.tls);
    if (x.reply_bytes > 0) shared_.server.note_alive(sent + x.service);
    if (!link_.is_spent() && !is_used_up) co_return;
    // Closing takes about as long as reading a reply. Replies that are already there go first, so that none
    // of them is stamped late because of it.
    co_await shared_.events.turn();
    link_.close();
}

// Connect is told whether it succeeds or not.
task<bool> session::connect(exchange& x) {
    const auto began = clock::now();
    x.lag = began - (start_ + x.due + x.queue + x.earlier);
    x.result = co_await link_.open();
    x.lacked = link_.lacked();
    auto now = clock::now();
    x.connect = now - began;
    if (x.result == outcome::ok && link_.has_tls()) {
        x.result = co_await link_.shake_hands();
        x.tls = clock::now() - now;
        now += x.tls;
        x.is_resumed = x.result == outcome::ok && link_.tls()->was_resumed();
    }
    if (x.result != outcome::ok) {
        ++failed_connects_;
        shared_.server.note_failing(began);
        shared_.server.note_tls_fault(link_.tls_fault());
        co_return false;
    }
    failed_connects_ = 0;
    requests_on_link_ = 0;
    shared_.server.note_alive(now);
    co_return true;
}

task<> session::back_off() {
    const auto doublings = std::min(failed_connects_, 8U) - 1;
    const auto pause = std::min(first_back_off * (1 << doublings), longest_back_off);
    if (!stopping_) co_await wake_.until(clock::now() + pause);
    free_since_ = clock::now();
}

void session::close(exchange& x, nanoseconds lost) {
    free_since_ = start_ + shared_.accounts.close(x, lost, parts_);
}

void session::stop() {
    stopping_ = true;
    link_.interrupt(outcome::unfinished);
    wake_.cancel();
}

}  // namespace loadgen
