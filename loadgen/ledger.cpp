#include "loadgen/ledger.hpp"

#include <algorithm>

namespace loadgen {
namespace {

std::size_t rows_of(const plan& asked) {
    const std::uint64_t rows = asked.rows_cap.value_or(0);
    const auto cap = std::min(rows, asked.load.requests.value_or(rows));
    return static_cast<std::size_t>((cap + asked.all_threads() - 1) / asked.all_threads());
}

// What is done after it counts towards no rate.
nanoseconds window_of(const plan& asked) {
    return asked.is_slice ? nanoseconds::max() : asked.load.duration.value_or(nanoseconds::max());
}

}  // namespace

ledger::ledger(const plan& asked, const class_sequence& sequence, pulse& beats)
    : sequence_(sequence),
      pulse_(beats),
      is_open_loop_(asked.load.arrivals != arrivals::closed),
      recorder_(asked.classes.size(), rows_of(asked), window_of(asked)) {}

exchange ledger::open(const planned& request, std::uint32_t connection) const {
    exchange x;
    x.request = request.request;
    x.request_class = sequence_.class_of(request.request);
    x.connection = connection;
    x.due = request.due;
    return x;
}

nanoseconds ledger::close(exchange& x, nanoseconds lost, makespan_parts& of_slot) {
    const auto done = x.done();
    if (pulse_.is_overdue(start_ + x.was_read())) pulse_.beat(clock::now());
    const auto late = is_open_loop_ ? x.lag : nanoseconds(0);
    const auto lost_before_done = std::max(pulse_.lost() - lost - x.read, nanoseconds(0));
    x.own = std::min(late + lost_before_done, x.latency());
    record(x);
    of_slot.generator += x.lag;
    of_slot.connect += x.connect + x.tls;
    recorder_.slot_reached(done, of_slot);
    of_slot.generator += x.read;
    return is_open_loop_ ? done : x.was_read();
}

void ledger::close_unsent(const planned& request, nanoseconds queue, nanoseconds lag) {
    auto x = open(request, 0);
    x.queue = queue;
    x.lag = x.own = lag;
    record(x);
}

void ledger::close_not_due(const planned& request) {
    auto x = open(request, 0);
    x.was_due = false;
    record(x);
}

void ledger::record(const exchange& closed) {
    recorder_.finished(closed);
    live_.finished(closed);
}

}  // namespace loadgen
