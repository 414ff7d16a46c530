#include "servers/loop_crew.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>

#include "servers/descriptor.hpp"
#include "servers/listener.hpp"
#include "servers/reply.hpp"

namespace servers {

namespace asio = boost::asio;

loop_crew::loop_crew(const options& chosen, serve_function serve)
    : options_(chosen), serve_(std::move(serve)) {
    descriptor listener = listen_on(chosen);
    port_ = port_of(listener);
    make_loops();
    if (!options_.database.conninfo.empty()) open_databases();
    const asio::generic::stream_protocol any(family_of(listener), 0);
    acceptor_.emplace(loops_.front()->context, any, listener.release());
    // Its threads are a crew's: Asio's own pool, when it cannot start them all, waits for ever for the
    // others.
    if (options_.offload > 0) offload_ = std::make_unique<asio::thread_pool>(0);
}

void loop_crew::make_loops() {
    try {
        while (loops_.size() < options_.threads)
            loops_.push_back(std::make_unique<event_loop>(options_.threads == 1));
    } catch (const std::exception& error) {
        throw std::runtime_error(
            fmt::format("--threads: {} of {} event loops could be made ({}); ask for fewer, or allow more",
                        loops_.size(), options_.threads, error.what()));
    }
}

void loop_crew::open_databases() {
    database_options share = options_.database;
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        const auto count = static_cast<unsigned>(loops_.size());
        share.connections =
            options_.database.connections / count + (i < options_.database.connections % count);
        loops_[i]->database.emplace(loops_[i]->context, share);
    }
}

loop_crew::~loop_crew() {
    for (const auto& loop : loops_) {
        loop->abandoned = true;
        loop->context.stop();
    }
    if (offload_) offload_->stop();
}

void loop_crew::start() {
    started_ = std::chrono::steady_clock::now();
    offload_crew_.start_all("--offload", options_.offload, [this](unsigned) { run_offload(); });
    crew_.start_all("--threads", options_.threads, [this](unsigned i) { run(*loops_[i]); });
}

// Until the loop has drained, or is abandoned. What it throws is Asio's own, for want of memory most likely;
// it has cost the coroutine that needed it, and the rest goes on.
void loop_crew::run(event_loop& loop) {
    const bool accepts = &loop == loops_.front().get();
    while (!loop.abandoned) {
        try {
            loop.context.restart();
            if (!loop.ticking.runs && !loop.ticking.done) {
                asio::co_spawn(loop.context, loop.keep_ticking(presence(loop, loop.ticking), options_.tick()),
                               loop.count_failure());
            }
            if (accepts && !accepting_.runs && !accepting_.done) {
                asio::co_spawn(loop.context, accept_connections(presence(loop, accepting_)),
                               loop.count_failure());
            }
            if (loop.abandoned) return;  // and its context was stopped before it was restarted
            loop.context.run();
            if (loop.ticking.done) return;
        } catch (const std::exception&) {
            ++loop.counters.failures;
            const bool begun = loop.ticking.runs && (!accepts || accepting_.runs || accepting_.done);
            if (!begun) std::this_thread::sleep_for(accept_pause);
        }
    }
}

void loop_crew::run_offload() {
    while (true) {
        try {
            return offload_->attach();
        } catch (const std::exception&) {
            ++loops_.front()->counters.failures;  // no memory to go back to a loop
        }
    }
}

bool loop_crew::drain() {
    asio::post(loops_.front()->context, [this] {
        boost::system::error_code ignored;
        draining_ = true;
        acceptor_->cancel(ignored);
    });
    return crew_.ended_within(options_.drain_timeout);
}

// One acceptor deals connections out in turn. An acceptor for each loop (SO_REUSEPORT) would share less, but
// the kernel then deals by hash, and of a hundred connections one loop may get sixty.
awaitable<void> loop_crew::accept_connections(presence) {
    event_loop& first = *loops_.front();
    loop_timer pause(first.context);
    while (!draining_) {
        boost::system::error_code error;
        have_memory_to_wait();
        loop_socket socket =
            co_await acceptor_->async_accept(next_loop().context, asio::redirect_error(use_loop, error));
        if (!error) {
            admit(std::move(socket));
        } else if (out_of_resources(error.value())) {
            ++first.counters.accept_pauses;
            pause.expires_after(accept_pause);
            have_memory_to_wait();
            co_await pause.async_wait(asio::redirect_error(use_loop, error));
        }
        // Any other error is one connection's, gone before it was accepted, or the drain.
    }
    take_queued();
    // Only now the loops: none is handed a connection after it has begun to drain.
    for (const auto& loop : loops_) asio::post(loop->context, [&each = *loop] { each.drain(); });
    accepting_.done = true;
}

// Takes what the kernel has accepted by now. What it accepts after that is reset, and counted.
void loop_crew::take_queued() {
    if (!acceptor_->is_open()) return;
    boost::system::error_code error;
    acceptor_->non_blocking(true, error);
    for (std::size_t left = waiting_in(acceptor_->native_handle()); left > 0; --left) {
        loop_socket socket = acceptor_->accept(next_loop().context, error);
        if (!error) admit(std::move(socket));
    }
    loops_.front()->counters.drained += waiting_in(acceptor_->native_handle());
    acceptor_->close(error);
}

// Has the connection served, or turns it away.
void loop_crew::admit(loop_socket socket) {
    event_loop& loop = next_loop();
    ++turn_;
    ++loop.counters.accepted;
    place taken(loop, total(&counters::admitted) < options_.max_connections);
    try {
        if (!taken.welcome() && total(&counters::open) > total(&counters::admitted) + most_refusals_at_once)
            return turn_away(loop, std::move(socket));
        serve_(std::move(taken), std::move(socket));
    } catch (const std::exception&) {
        ++loop.counters.failures;  // no memory to begin; the connection is closed
    }
}

// With too many refusals under way: says so if that takes no waiting, and closes.
void loop_crew::turn_away(event_loop& loop, loop_socket socket) {
    std::uint64_t reads = 0;  // it reads nothing, and the loop's own are for its thread alone
    loop_connection peer(std::move(socket), reads);
    ++loop.counters.refused;
    if (peer.write_at_once(view_of(overloaded_reply())) > 0) loop.counters.replied(503);
}

std::size_t loop_crew::total(counter counters::*which) const {
    std::size_t sum = 0;
    for (const auto& loop : loops_) sum += (loop->counters.*which).value();
    return sum;
}

counters_report loop_crew::report() const {
    counters_report sum;
    for (const auto& loop : loops_) sum.add(loop->counters);
    return sum;
}

std::string loop_crew::stats() const {
    return report().json(crew_.size() + offload_crew_.size(), std::chrono::steady_clock::now() - started_);
}

}  // namespace servers
