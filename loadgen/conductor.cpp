#include "loadgen/conductor.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "loadgen/post_surely.hpp"
#include "loadgen/process.hpp"
#include "loadgen/timeline.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// Far enough ahead for every thread to be there when it comes.
constexpr nanoseconds start_lead = 3ms;
constexpr nanoseconds start_lead_of_slice = 500us;  // little time may pass between two slices
constexpr nanoseconds look_period_without_samples = 100ms;

}  // namespace

conductor::conductor(const plan& what, interrupts& from_outside,
                     std::vector<std::unique_ptr<worker>>& workers, process_sampler* sampler, fleet& ranks)
    : interrupts_(from_outside),
      context_(from_outside.context()),
      until_ended_(context_.get_executor()),
      timer_(context_),
      workers_(workers),
      sampler_(sampler),
      ranks_(ranks),
      is_slice_(what.is_slice) {
    context_.restart();
    std::vector<const live_counters*> counters;
    counters.reserve(workers.size());
    for (const auto& w : workers) counters.push_back(&w->live());
    live_view_.emplace(context_, what, std::move(counters));
}

void conductor::run() {
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
        throw std::runtime_error(
            fmt::format("--threads {}: only {} could be started (limits: ulimit -u, ulimit -v, pids.max): {}",
                        workers_.size(), threads.size(), fault.what()));
    }
}

void conductor::hand_over(measurement& to) {
    to.was_interrupted = was_interrupted_;
    to.gave_up = gave_up_;
    to.started_at = started_at_;
    to.started = start_;
    to.stolen = stolen_;
    to.samples = std::move(samples_);
    if (sampler_ == nullptr) return;
    to.server_rss_peak_kib = sampler_->rss_peak_kib();
    for (const auto& s : to.samples) to.server_rss_peak_kib = std::max(to.server_rss_peak_kib, s.rss_kib);
}

// On a thread of its own. What it posts is run by the main thread.
void conductor::work(worker& w) {
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

void conductor::begin() {
    const bool can_start =
        std::none_of(workers_.begin(), workers_.end(), [](const auto& w) { return w->fault(); }) &&
        std::any_of(workers_.begin(), workers_.end(), [](const auto& w) { return w->can_start(); });
    // The first sample is taken before the start: at the start itself the cores are wanted for the load.
    stolen_before_ = stolen_time();
    if (is_slice_) sample();
    agree_on_start(can_start);
    started_at_ = std::chrono::time_point_cast<std::chrono::system_clock::duration>(
        std::chrono::system_clock::now() + (start_ - clock::now()));
    open_gate(start_);
    if (start_ == clock::time_point{}) return;
    live_view_->start(start_);
    if (!is_slice_) sample();
    next_look_ = clock::now();
    look_later();
    be_awake_at(start_);  // so that the core the server will be woken on is awake too
}

// A run that is interrupted before it began begins all the same: its requests are all accounted for.
void conductor::agree_on_start(bool can_start) {
    const auto lead = is_slice_ ? start_lead_of_slice : start_lead;
    const auto goes_on = [this] {
        context_.poll();
        return !was_interrupted_;
    };
    const bool all_can = ranks_.meet(can_start || was_interrupted_, goes_on);
    const auto agreed = all_can ? ranks_.agree(lead, goes_on) : std::nullopt;
    if (agreed)
        start_ = *agreed;
    else if (was_interrupted_)
        start_ = clock::now() + lead;
    else
        was_called_off_ = can_start;
}

void conductor::open_gate(clock::time_point start) {
    if (!std::exchange(gate_is_open_, true)) may_start_.set_value(start);
}

void conductor::end() {
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

void conductor::stop() {
    for (auto& w : workers_) w->request_stop();
}

void conductor::sample() {
    if (sampler_ != nullptr) samples_.push_back(sampler_->sample(start_));
}

void conductor::look_later() {
    const auto now = clock::now();
    const bool samples = sampler_ != nullptr && !is_slice_;
    const auto period = samples ? timeline::width_for(now - start_) : look_period_without_samples;
    next_look_ = std::max({next_look_ + period, start_ + period, now});
    timer_.expires_at(next_look_);
    timer_.async_wait([this](boost::system::error_code fault) {
        if (fault || ended_ == workers_.size()) return;
        give_up_if_lost();
        if (!is_slice_) sample();
        look_later();
    });
}

void conductor::give_up_if_lost() {
    if (gave_up_ ||
        !std::all_of(workers_.begin(), workers_.end(), [](const auto& w) { return w->is_lost(); }))
        return;
    gave_up_ = true;
    stop();
}

}  // namespace loadgen
