#include "loadgen/worker.hpp"

#include <algorithm>
#include <utility>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// Opening the kept connections may take this long; those still missing are tried again when a request needs
// them.
constexpr auto longest_prepare = 10s;

unsigned slots_of(const plan& asked, unsigned thread) {
    return share_of(asked.connections, asked.number_of(thread), asked.all_threads());
}

}  // namespace

worker::worker(const plan& asked, const class_sequence& sequence, unsigned index)
    : plan_(asked),
      wire_(asked.kernel_stamps),
      tls_(asked.tls ? std::make_unique<tls_client>(*asked.tls) : nullptr),
      arrivals_(asked.load, asked.number_of(index), asked.all_threads()),
      ledger_(asked, sequence, pulse_),
      dispatcher_(loop_, asked, arrivals_, slots_of(asked, index), ledger_),
      surroundings_{loop_,       wire_,   tls_.get(), asked,   arrivals_,
                    dispatcher_, ledger_, head_,      buffer_, contact_},
      watchdog_(loop_, asked, sessions_, contact_),
      beat_timer_(loop_) {
    const auto slots = slots_of(asked, index);
    for (unsigned i = 0; i < slots; ++i)
        sessions_.push_back(
            std::make_unique<session>(surroundings_, asked.number_of(index) + i * asked.all_threads()));
    loop_.make_room(slots + 3);  // the dispatcher, the watchdog and the beat are the three
    loop_.on_interrupt([this] { stop(); });
}

void worker::adopt(std::vector<open_connection>& connections) {
    for (auto& s : sessions_) {
        if (connections.empty()) return;
        s->adopt(std::move(connections.back()));
        connections.pop_back();
        contact_.note_alive(clock::now());
    }
}

void worker::release(std::vector<open_connection>& connections) {
    for (auto& s : sessions_)
        if (auto open = s->release()) connections.push_back(std::move(open));
}

void worker::prepare() noexcept try {
    if (plan_.mode == connection_mode::fresh) {
        for (auto& s : sessions_) s->prepare();
        return;
    }
    for (auto& s : sessions_)
        if (!s->is_open()) spawn(s->open());
    loop_.run_until(clock::now() + longest_prepare);
    for (auto& s : sessions_)
        if (!s->is_open()) s->interrupt(outcome::connect_failed);
    loop_.run();
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
        wire_.relate();
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
    if (plan_.load.arrivals != arrivals::closed) spawn(dispatcher_.run(start));
    spawn(watchdog_.run(
        start, [this] { note_utilisation(); }, [this] { stop(); }));
    spawn(beat());
}

void worker::run_loop() {
    if (plan_.busy_poll)
        loop_.run([this](nanoseconds took) { pulse_.note_idle(took); });
    else
        loop_.run();
}

task<> worker::beat() {
    while (active_ > 0) {
        const bool is_time = co_await beat_timer_.until(clock::now() + pulse::period);
        if (!is_time) co_return;
        pulse_.beat(clock::now());
        wire_.relate();
    }
}

// Every coroutine has somebody who hears how it ended.
void worker::spawn(task<> coroutine, std::function<void()> ended) {
    loop_.spawn(std::move(coroutine), [this, ended = std::move(ended)](std::exception_ptr fault) {
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
    loop_.interrupt();
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
