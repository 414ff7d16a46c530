#include "loadgen/session.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

constexpr asio::use_awaitable_t<executor> use_task;

// A slot that could not connect waits before it tries again, twice as long each time, so that a dead server
// is not hammered.
constexpr nanoseconds first_back_off = 10ms;
constexpr nanoseconds longest_back_off = 1s;

}  // namespace

session::session(const surroundings& shared, std::uint32_t index)
    : shared_(shared), link_(shared.events, shared.asked.server), wake_(shared.context), index_(index) {}

task<> session::open() {
    link_.begin(clock::time_point::max());
    if (stopping_) co_return;
    const auto opened = co_await link_.open();  // not inside the `if`: g++ 12 lays out such a frame wrongly
    if (opened == outcome::ok) shared_.server.note_alive(clock::now());
    shared_.server.note_lacking(link_.lacked());
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
    }
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
            if (x.latency() < shared_.asked.timeout)
                co_await perform(x);
            else if (x.lag < shared_.asked.timeout)
                x.result = outcome::timed_out;  // nobody waits for it any more: it is not sent
            else
                x.lacked = shortage::time;
        } catch (...) {
            fault = std::current_exception();
        }
        close(x, turn.lost);
        if (fault) std::rethrow_exception(fault);
        if (is_failing()) co_await back_off();
    }
}

// What passes before the connect begins and before the first byte is sent, beyond the queue, is lag.
task<> session::perform(exchange& x) {
    const auto& asked = shared_.asked;
    const auto deadline = start_ + x.due + asked.timeout;
    link_.begin(deadline);
    if (std::exchange(was_idle_, false) && link_.is_open()) link_.close_if_ended();
    if (!link_.is_open()) {
        const bool connected = co_await connect(x);
        if (!connected) co_return;
    }
    const bool keep = asked.mode == connection_mode::kept;
    const auto sent = co_await link_.perform({asked.classes[x.request_class].bytes, keep, asked.is_head}, x);
    x.lag = sent - (start_ + x.due + x.queue + x.connect);
    if (x.reply_bytes > 0) shared_.server.note_alive(sent + x.service);
    if (!link_.is_spent()) co_return;
    // Closing takes about as long as reading a reply. Replies that are already there go first, so that none
    // of them is stamped late because of it.
    co_await asio::post(shared_.context, use_task);
    link_.close();
}

// Connect is told whether it succeeds or not.
task<bool> session::connect(exchange& x) {
    const auto began = clock::now();
    x.lag = began - (start_ + x.due + x.queue);
    x.result = co_await link_.open();
    x.lacked = link_.lacked();
    const auto now = clock::now();
    x.connect = now - began;
    if (x.result != outcome::ok) {
        ++failed_connects_;
        shared_.server.note_failing(began);
        co_return false;
    }
    failed_connects_ = 0;
    shared_.server.note_alive(now);
    co_return true;
}

task<> session::back_off() {
    const auto doublings = std::min(failed_connects_, 8U) - 1;
    wake_.expires_after(std::min(first_back_off * (1 << doublings), longest_back_off));
    error_code woken;
    if (!stopping_) co_await wake_.async_wait(asio::redirect_error(use_task, woken));
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
