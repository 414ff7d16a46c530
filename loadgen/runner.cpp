#include "loadgen/runner.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>

#include <fmt/core.h>

#include "loadgen/conductor.hpp"
#include "loadgen/process.hpp"
#include "loadgen/wire_clock.hpp"
#include "loadgen/worker.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// Why no run came about, or was one of nothing: of the generator's own, or of the server's.
[[noreturn]] void refuse(const plan& what, const recorder& record, shortage lacked,
                         const std::string& tls_fault) {
    const auto server = name_of(what.server);
    for (std::size_t i = 1; i < shortage_count; ++i)
        if (lacked == static_cast<shortage>(i) || record.lacked(static_cast<shortage>(i)) > 0)
            throw std::runtime_error(
                fmt::format("--connections {}: not one to {} could be opened: out of {} ({})",
                            what.connections, server, shortage_texts[i].name, shortage_texts[i].limits));
    if (!tls_fault.empty())
        throw unreachable_server(fmt::format(
            "not one handshake with {} came to its end: {} (--insecure: do not check certificates)", server,
            tls_fault));
    throw unreachable_server(
        fmt::format("not one connection to {} could be opened: is the server running, and is it this {}?",
                    server, is_local_socket(what.server) ? "socket" : "port"));
}

std::string text_of(const std::exception_ptr& fault) {
    try {
        std::rethrow_exception(fault);
    } catch (const std::bad_alloc&) {
        return "out of memory (limit: ulimit -v): take fewer --connections or a lower --rows-cap, or raise "
               "it";
    } catch (const std::exception& known) {
        return known.what();
    }
}

measurement collect(const std::vector<std::unique_ptr<worker>>& workers) {
    measurement result{.record = workers.front()->record()};
    for (std::size_t i = 1; i < workers.size(); ++i) result.record.merge(workers[i]->record());
    result.last_ended = result.record.last_done();
    result.server_lost_for = workers.front()->failing_for();
    for (const auto& w : workers) {
        const auto used = w->utilisation();
        const auto lost = used.waiting + used.absent;
        result.generator_cpu += w->cpu();
        result.generator_utilisation =
            std::max(result.generator_utilisation, used, [](const auto& a, const auto& b) {
                return a.running + a.waiting + a.absent < b.running + b.waiting + b.absent;
            });
        result.lost_mean += lost / static_cast<double>(workers.size());
        result.lost_most = std::max(result.lost_most, lost);
        result.server_lost_for = std::min(result.server_lost_for, w->failing_for());
        if (w->fault()) result.fault = text_of(w->fault());
    }
    return result;
}

// A rate is over the time that was asked for, also where the last reply came before its end. Only a run that
// was ended early is measured by how long it was.
nanoseconds length_of(const plan& what, const measurement& measured, nanoseconds wall) {
    const auto& asked = what.load;
    const bool ended_early = measured.was_interrupted || measured.gave_up || !measured.fault.empty();
    const auto took = std::max<nanoseconds>(measured.last_ended, 1us);
    if (what.is_slice) {  // to when its last reply was read: a late generator must not shorten it
        const auto slice = std::max(measured.record.last_read(), took);
        return ended_early ? slice : std::max(slice, *asked.duration);
    }
    if (asked.duration)
        return ended_early ? std::clamp<nanoseconds>(wall, 1us, *asked.duration) : *asked.duration;
    if (asked.arrivals == arrivals::closed || ended_early) return took;
    if (asked.arrivals == arrivals::replayed) return std::max(took, asked.replay->back());
    const std::chrono::duration<double> offered_for(
        asked.rate.instant_of(static_cast<double>(*asked.requests)));
    return std::max(took, std::chrono::duration_cast<nanoseconds>(offered_for));
}

void check_room(const plan& what, const carry_over& carried) {
    const auto room = make_room_for_connections(what.threads) + carried.connections.size();
    if (share_of(what.connections, what.rank, what.ranks) > room)
        throw std::runtime_error(fmt::format(
            "--connections {}: this process may open only {} (ulimit -Hn): take fewer, or raise the limit",
            what.connections, room));
}

measurement run(const plan& what, interrupts& from_outside, carry_over& carried, fleet& ranks) {
    check_room(what, carried);
    make_timers_exact();
    if (what.kernel_stamps && !carried.stamps) carried.stamps = ask_for_stamps();
    const class_sequence sequence(what.classes, what.load.requests, what.load.seed);
    std::vector<std::unique_ptr<worker>> workers;
    for (unsigned i = 0; i < what.threads; ++i)
        workers.push_back(std::make_unique<worker>(what, sequence, i));
    if (what.server_pid && !carried.sampler)
        carried.sampler = std::make_unique<process_sampler>(*what.server_pid);
    for (auto& w : workers) w->adopt(carried.connections);
    if (what.is_slice) carried.connections.reserve(what.connections);  // afterwards it must not fail
    conductor main_thread(what, from_outside, workers, carried.sampler.get(), ranks);
    main_thread.run();
    if (what.is_slice)
        for (auto& w : workers) w->release(carried.connections);

    auto result = collect(workers);
    const bool has_started = main_thread.start() != clock::time_point{};
    main_thread.hand_over(result);
    if (main_thread.was_called_off()) throw called_off();
    if (!has_started && !result.fault.empty()) throw std::runtime_error(result.fault);
    const bool has_connected =
        std::any_of(workers.begin(), workers.end(), [](const auto& w) { return w->has_connected(); });
    // A rank that began and came to nothing says so to the others: what they have measured stands.
    const bool is_part = what.ranks > 1 && has_started;
    if (!has_connected && !is_part && !result.was_interrupted && result.fault.empty())
        refuse(what, result.record, workers.front()->lacked(), workers.front()->tls_fault());
    result.length = length_of(what, result, clock::now() - main_thread.start());
    return result;
}

measurement nothing_measured(const plan& what) {
    measurement nothing{.record = recorder(what.classes.size(), 0, nanoseconds::max())};
    nothing.was_interrupted = true;
    nothing.length = 1us;
    nothing.started_at = std::chrono::system_clock::now();
    return nothing;
}

}  // namespace

measurement run(const plan& what, interrupts& from_outside) {
    carry_over carried;
    return run(what, from_outside, carried);
}

measurement run(const plan& what, interrupts& from_outside, carry_over& carried) {
    fleet alone;
    return run(what, from_outside, carried, alone);
}

measurement run_warmed_up(const plan& what, interrupts& from_outside, fleet& ranks) {
    carry_over carried;
    if (what.warm_up > nanoseconds(0)) {
        auto before = what;
        before.load.duration = what.warm_up;
        before.load.requests.reset();
        before.rows_cap.reset();
        before.is_slice = true;
        if (run(before, from_outside, carried, ranks).was_interrupted) return nothing_measured(what);
    }
    return run(what, from_outside, carried, ranks);
}

}  // namespace loadgen
