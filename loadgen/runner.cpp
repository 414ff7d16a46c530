#include "loadgen/runner.hpp"

#include <csignal>

#include <algorithm>
#include <barrier>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include <fmt/core.h>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "loadgen/live_view.hpp"
#include "loadgen/process.hpp"
#include "loadgen/worker.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// Far enough ahead for every thread to be there when it comes.
constexpr nanoseconds start_lead = 3ms;

// What the main thread does during the run: sample the server, listen for signals, wait for the workers.
class conductor {
public:
    explicit conductor(const plan& what) : timer_(context_), signals_(context_, SIGINT, SIGTERM) {
        if (what.server_pid) sampler_ = std::make_unique<process_sampler>(*what.server_pid);
    }

    void run(const plan& what, std::vector<std::unique_ptr<worker>>& workers, clock::time_point start) {
        start_ = start;
        std::vector<const live_counters*> counters;
        counters.reserve(workers.size());
        for (const auto& w : workers) counters.push_back(&w->live());
        live_view_.emplace(context_, what, std::move(counters));
        live_view_->start(start);
        running_ = workers.size();
        signals_.async_wait([this, &workers](error_code fault, int) {
            if (fault) return;
            was_interrupted_ = true;
            for (auto& w : workers) w->request_stop();
        });
        // The first sample is taken before the start: at the start itself the cores are wanted for the load.
        next_sample_ = clock::now();
        sample();
        be_awake_at(start);  // so that the core the server will be woken on is awake too
        context_.run();
        live_view_.reset();
        if (sampler_) {
            sampler_->walk_now();
            samples_.push_back(sampler_->sample(start_));
        }
    }

    void worker_ended() {  // called from any thread
        asio::post(context_, [this] {
            if (--running_ > 0) return;
            timer_.cancel();
            signals_.cancel();
            live_view_->stop();
        });
    }

    void hand_over(measurement& to) {
        to.was_interrupted = was_interrupted_;
        to.longest_gap = longest_gap_;
        to.samples = std::move(samples_);
        if (!sampler_) return;
        to.server_rss_peak_kib = sampler_->rss_peak_kib();
        for (const auto& s : to.samples) to.server_rss_peak_kib = std::max(to.server_rss_peak_kib, s.rss_kib);
    }

private:
    void sample() {
        const auto now = clock::now();
        longest_gap_ = std::max<nanoseconds>(longest_gap_, now - next_sample_);
        if (sampler_) samples_.push_back(sampler_->sample(start_));
        const auto width = timeline::width_for(now - start_);
        next_sample_ = std::max({next_sample_ + width, start_ + width, now});
        timer_.expires_at(next_sample_);
        timer_.async_wait([this](error_code fault) {
            if (!fault && running_ > 0) sample();
        });
    }

    asio::io_context context_{1};
    asio::steady_timer timer_;
    asio::signal_set signals_;
    std::unique_ptr<process_sampler> sampler_;
    std::vector<process_sample> samples_;
    std::optional<live_view> live_view_;
    clock::time_point start_{};
    clock::time_point next_sample_{};
    nanoseconds longest_gap_{0};
    std::size_t running_ = 0;
    bool was_interrupted_ = false;
};

[[noreturn]] void refuse(const plan& what) {
    throw std::runtime_error(fmt::format(
        "not one connection to {}:{} could be opened: is the server running, and is it this port?",
        what.server.address().to_string(), what.server.port()));
}

measurement collect(const plan& what, const std::vector<std::unique_ptr<worker>>& workers,
                    clock::time_point start) {
    measurement result{.record = workers.front()->record()};
    for (std::size_t i = 1; i < workers.size(); ++i) result.record.merge(workers[i]->record());
    const auto elapsed = std::max<nanoseconds>(result.record.last_done(), 1us);
    const auto wall = std::max<nanoseconds>(clock::now() - start, 1us);
    result.last_ended = result.record.last_done();
    result.length = what.load.duration ? std::min(*what.load.duration, wall) : elapsed;
    for (const auto& w : workers) {
        result.generator_cpu += w->cpu();
        result.generator_utilisation = std::max(
            result.generator_utilisation, w->utilisation(),
            [](const auto& a, const auto& b) { return a.running + a.waiting < b.running + b.waiting; });
    }
    return result;
}

}  // namespace

measurement run(const plan& what) {
    if (const auto room = make_room_for_connections(); what.connections > room)
        throw std::runtime_error(fmt::format(
            "--connections {}: this process may open only {} (ulimit -Hn): take fewer, or raise the limit",
            what.connections, room));
    make_timers_exact();
    const class_sequence sequence(what.classes, what.load.requests, what.load.seed);
    std::vector<std::unique_ptr<worker>> workers;
    for (unsigned i = 0; i < what.threads; ++i)
        workers.push_back(std::make_unique<worker>(what, sequence, i));
    conductor main_thread(what);

    clock::time_point start{};
    std::vector<unsigned> opened(what.threads);
    std::vector<std::exception_ptr> faults(what.threads);
    std::barrier ready(what.threads + 1, [&start]() noexcept { start = clock::now() + start_lead; });
    const auto work = [&](unsigned i) {
        make_timers_exact();
        try {
            opened[i] = workers[i]->prepare();
        } catch (...) {
            faults[i] = std::current_exception();
        }
        ready.arrive_and_wait();
        const bool can_start =
            what.mode == connection_mode::fresh ||
            std::any_of(opened.begin(), opened.end(), [](unsigned count) { return count > 0; });
        try {
            if (can_start && !faults[i]) workers[i]->run(start);
        } catch (...) {
            faults[i] = std::current_exception();
        }
        main_thread.worker_ended();
    };
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < what.threads; ++i) threads.emplace_back(work, i);
    ready.arrive_and_wait();
    const auto started_at = std::chrono::system_clock::now() + start_lead;
    const auto stolen_before = stolen_time();
    main_thread.run(what, workers, start);
    const std::chrono::duration<double> stolen = stolen_time() - stolen_before;
    const std::chrono::duration<double> passed = clock::now() - start;
    threads.clear();  // joins

    for (const auto& fault : faults)
        if (fault) std::rethrow_exception(fault);
    if (std::none_of(workers.begin(), workers.end(), [](const auto& w) { return w->has_connected(); }))
        refuse(what);
    auto result = collect(what, workers, start);
    result.started_at = std::chrono::time_point_cast<std::chrono::system_clock::duration>(started_at);
    result.stolen = stolen / passed / std::max(std::thread::hardware_concurrency(), 1U);
    main_thread.hand_over(result);
    return result;
}

}  // namespace loadgen
