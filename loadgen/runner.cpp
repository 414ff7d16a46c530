#include "loadgen/runner.hpp"

#include <algorithm>
#include <exception>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/core.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>

#include "loadgen/live_view.hpp"
#include "loadgen/post_surely.hpp"
#include "loadgen/process.hpp"
#include "loadgen/worker.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// Far enough ahead for every thread to be there when it comes.
constexpr nanoseconds start_lead = 3ms;
constexpr nanoseconds start_lead_of_slice = 500us;  // little time may pass between two slices
constexpr nanoseconds look_period_of_slice = 100ms;

// What the main thread does: starts the workers together once all have opened their connections, samples the
// server, listens for signals, notices when nothing can go on, waits for the workers to end. It listens from
// the first moment, so that no signal has to wait for connections.
class conductor {
public:
    conductor(const plan& what, interrupts& from_outside, std::vector<std::unique_ptr<worker>>& workers,
              process_sampler* sampler)
        : interrupts_(from_outside),
          context_(from_outside.context()),
          until_ended_(context_.get_executor()),
          timer_(context_),
          workers_(workers),
          sampler_(sampler),
          is_slice_(what.is_slice) {
        context_.restart();
        std::vector<const live_counters*> counters;
        counters.reserve(workers.size());
        for (const auto& w : workers) counters.push_back(&w->live());
        live_view_.emplace(context_, what, std::move(counters));
    }

    // Runs the workers to their end, each on its thread. Throws where they cannot all be started; whatever is
    // thrown, none of them is left waiting.
    void run() {
        std::vector<std::jthread> threads;
        try {
            interrupts_.on_signal([this] {
                was_interrupted_ = true;
                stop();
            });
            for (auto& w : workers_) threads.emplace_back([this, &w = *w] { work(w); });
            context_.run();
        } catch (const std::exception& fault) {
            stop();
            open_gate({});
            if (threads.size() == workers_.size()) throw;
            throw std::runtime_error(fmt::format(
                "--threads {}: only {} could be started (limits: ulimit -u, ulimit -v, pids.max): {}",
                workers_.size(), threads.size(), fault.what()));
        }
    }

    void hand_over(measurement& to) {
        to.was_interrupted = was_interrupted_;
        to.gave_up = gave_up_;
        to.started_at = started_at_;
        to.stolen = stolen_;
        to.samples = std::move(samples_);
        if (sampler_ == nullptr) return;
        to.server_rss_peak_kib = sampler_->rss_peak_kib();
        for (const auto& s : to.samples) to.server_rss_peak_kib = std::max(to.server_rss_peak_kib, s.rss_kib);
    }

    clock::time_point start() const { return start_; }  // the epoch, where they were not started

private:
    // On a thread of its own. What it posts is run by the main thread.
    void work(worker& w) {
        make_timers_exact();
        w.prepare();
        post_surely(context_, [this] {
            if (++ready_ == workers_.size()) begin();
        });
        const auto start = start_gate_.get();
        if (start != clock::time_point{}) w.run(start);
        post_surely(context_, [this] {
            if (++ended_ == workers_.size()) end();
        });
    }

    void begin() {
        const bool can_start =
            std::none_of(workers_.begin(), workers_.end(), [](const auto& w) { return w->fault(); }) &&
            std::any_of(workers_.begin(), workers_.end(), [](const auto& w) { return w->can_start(); });
        // The first sample is taken before the start: at the start itself the cores are wanted for the load.
        stolen_before_ = stolen_time();
        if (is_slice_) sample();
        const auto lead = is_slice_ ? start_lead_of_slice : start_lead;
        if (can_start || was_interrupted_) start_ = clock::now() + lead;
        started_at_ = std::chrono::time_point_cast<std::chrono::system_clock::duration>(
            std::chrono::system_clock::now() + lead);
        open_gate(start_);
        if (start_ == clock::time_point{}) return;
        live_view_->start(start_);
        if (!is_slice_) sample();
        next_look_ = clock::now();
        look_later();
        be_awake_at(start_);  // so that the core the server will be woken on is awake too
    }

    void open_gate(clock::time_point start) {
        if (!std::exchange(gate_is_open_, true)) may_start_.set_value(start);
    }

    void end() {
        const std::chrono::duration<double> stolen = stolen_time() - stolen_before_;
        const std::chrono::duration<double> passed = clock::now() - start_;
        stolen_ = stolen / passed / std::max(std::thread::hardware_concurrency(), 1U);
        if (sampler_ != nullptr && !is_slice_) sampler_->walk_now();
        sample();
        timer_.cancel();
        interrupts_.forget();
        live_view_->stop();
        until_ended_.reset();
    }

    void stop() {
        for (auto& w : workers_) w->request_stop();
    }

    void sample() {
        if (sampler_ != nullptr) samples_.push_back(sampler_->sample(start_));
    }

    void look_later() {
        const auto now = clock::now();
        const auto period = is_slice_ ? look_period_of_slice : timeline::width_for(now - start_);
        next_look_ = std::max({next_look_ + period, start_ + period, now});
        timer_.expires_at(next_look_);
        timer_.async_wait([this](error_code fault) {
            if (fault || ended_ == workers_.size()) return;
            give_up_if_lost();
            if (!is_slice_) sample();
            look_later();
        });
    }

    void give_up_if_lost() {
        if (gave_up_ ||
            !std::all_of(workers_.begin(), workers_.end(), [](const auto& w) { return w->is_lost(); }))
            return;
        gave_up_ = true;
        stop();
    }

    interrupts& interrupts_;
    asio::io_context& context_;
    asio::executor_work_guard<asio::io_context::executor_type> until_ended_;
    asio::steady_timer timer_;
    std::vector<std::unique_ptr<worker>>& workers_;
    process_sampler* sampler_;  // null: the server's process is not known
    bool is_slice_;
    std::vector<process_sample> samples_;
    std::optional<live_view> live_view_;
    std::promise<clock::time_point> may_start_;
    std::shared_future<clock::time_point> start_gate_ = may_start_.get_future().share();
    clock::time_point start_{};
    clock::time_point next_look_{};
    std::chrono::system_clock::time_point started_at_{};
    nanoseconds stolen_before_{0};
    double stolen_ = 0;
    std::size_t ready_ = 0, ended_ = 0;
    bool was_interrupted_ = false;
    bool gave_up_ = false;
    bool gate_is_open_ = false;
};

// Why no run came about, or was one of nothing: of the generator's own, or of the server's.
[[noreturn]] void refuse(const plan& what, const recorder& record, shortage lacked) {
    const auto server = fmt::format("{}:{}", what.server.address().to_string(), what.server.port());
    for (std::size_t i = 1; i < shortage_count; ++i)
        if (lacked == static_cast<shortage>(i) || record.lacked(static_cast<shortage>(i)) > 0)
            throw std::runtime_error(
                fmt::format("--connections {}: not one to {} could be opened: out of {} ({})",
                            what.connections, server, shortage_texts[i].name, shortage_texts[i].limits));
    throw unreachable_server(fmt::format(
        "not one connection to {} could be opened: is the server running, and is it this port?", server));
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
    if (what.is_slice)
        return asked.arrivals == arrivals::closed || ended_early ? took : std::max(took, *asked.duration);
    if (asked.duration)
        return ended_early ? std::clamp<nanoseconds>(wall, 1us, *asked.duration) : *asked.duration;
    if (asked.arrivals == arrivals::closed || ended_early) return took;
    const std::chrono::duration<double> offered_for(static_cast<double>(*asked.requests) / asked.rate_rps);
    return std::max(took, std::chrono::duration_cast<nanoseconds>(offered_for));
}

}  // namespace

measurement run(const plan& what, interrupts& from_outside) {
    carry_over carried;
    return run(what, from_outside, carried);
}

measurement run(const plan& what, interrupts& from_outside, carry_over& carried) {
    const auto room = make_room_for_connections(what.threads) + carried.connections.size();
    if (what.connections > room)
        throw std::runtime_error(fmt::format(
            "--connections {}: this process may open only {} (ulimit -Hn): take fewer, or raise the limit",
            what.connections, room));
    make_timers_exact();
    const class_sequence sequence(what.classes, what.load.requests, what.load.seed);
    std::vector<std::unique_ptr<worker>> workers;
    for (unsigned i = 0; i < what.threads; ++i)
        workers.push_back(std::make_unique<worker>(what, sequence, i));
    if (what.server_pid && !carried.sampler)
        carried.sampler = std::make_unique<process_sampler>(*what.server_pid);
    for (auto& w : workers) w->adopt(carried.connections);
    if (what.is_slice) carried.connections.reserve(what.connections);  // afterwards it must not fail
    conductor main_thread(what, from_outside, workers, carried.sampler.get());
    main_thread.run();
    if (what.is_slice)
        for (auto& w : workers) w->release(carried.connections);

    auto result = collect(workers);
    const bool has_started = main_thread.start() != clock::time_point{};
    main_thread.hand_over(result);
    if (!has_started && !result.fault.empty()) throw std::runtime_error(result.fault);
    const bool has_connected =
        std::any_of(workers.begin(), workers.end(), [](const auto& w) { return w->has_connected(); });
    if (!has_connected && !result.was_interrupted && result.fault.empty())
        refuse(what, result.record, workers.front()->lacked());
    result.length = length_of(what, result, clock::now() - main_thread.start());
    return result;
}

}  // namespace loadgen
