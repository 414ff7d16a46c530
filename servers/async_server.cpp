#include "servers/async_server.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <exception>
#include <stdexcept>
#include <utility>

#include "servers/async_database.hpp"
#include "servers/listener.hpp"
#include "servers/work.hpp"

namespace servers {
namespace {

namespace asio = boost::asio;

using loop_timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                              asio::wait_traits<std::chrono::steady_clock>, loop_executor>;

}  // namespace

// What a thread has, and shares with no other: others post to it, and read its counters.
struct async_server::event_loop {
    servers::counters counters;
    async_connections connections;  // outlives the context, which destroys the coroutines they live in
    bool draining = false;
    asio::io_context context{1};
    asio::executor_work_guard<loop_executor> open_for_work{context.get_executor()};
    loop_timer ticker{context};
    std::optional<async_database> database;  // its share of the connections

    void run();
    awaitable<void> keep_ticking(std::chrono::milliseconds tick);
    void drain();
    [[nodiscard]] bool drained() const { return draining && counters.open.value() == 0; }
    void end_if_drained();
};

async_server::async_server(const options& chosen) : options_(chosen), handicap_(chosen.handicap) {
    descriptor listener = listen_on(chosen);
    port_ = port_of(listener);
    make_loops();
    if (!options_.database.conninfo.empty()) open_databases();
    const bool v6 = options_.address.find(':') != std::string::npos;
    acceptor_.emplace(loops_.front()->context, v6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(),
                      listener.release());
    // Its threads are a crew's: Asio's own pool, when it cannot start them all, waits for ever for the
    // others.
    if (options_.offload > 0) offload_ = std::make_unique<asio::thread_pool>(0);
}

void async_server::make_loops() {
    try {
        while (loops_.size() < options_.threads) loops_.push_back(std::make_unique<event_loop>());
    } catch (const std::exception& error) {
        throw std::runtime_error(
            fmt::format("--threads: {} of {} event loops could be made ({}); ask for fewer, or allow more",
                        loops_.size(), options_.threads, error.what()));
    }
}

void async_server::open_databases() {
    database_options share = options_.database;
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        const auto count = static_cast<unsigned>(loops_.size());
        share.connections =
            options_.database.connections / count + (i < options_.database.connections % count);
        loops_[i]->database.emplace(loops_[i]->context, share);
    }
}

async_server::~async_server() {
    for (const auto& loop : loops_) loop->context.stop();
    if (offload_) offload_->stop();
}

std::uint16_t async_server::port() const {
    return port_;
}

void async_server::start() {
    started_ = std::chrono::steady_clock::now();
    const auto never_fails = [](const std::exception_ptr&) {};
    asio::co_spawn(loops_.front()->context, accept_connections(), never_fails);
    for (const auto& loop : loops_)
        asio::co_spawn(loop->context, loop->keep_ticking(options_.tick()), never_fails);
    offload_crew_.start_all("--offload", options_.offload, [this](unsigned) { offload_->attach(); });
    crew_.start_all("--threads", options_.threads, [this](unsigned i) { loops_[i]->run(); });
}

bool async_server::drain() {
    // First the acceptor, and only then the loops: none is handed a connection after it has begun to drain.
    asio::post(loops_.front()->context, [this] {
        acceptor_->close();
        for (const auto& loop : loops_) asio::post(loop->context, [&each = *loop] { each.drain(); });
    });
    return crew_.ended_within(options_.drain_timeout);
}

// One acceptor deals connections out in turn. An acceptor for each loop (SO_REUSEPORT) would share less, but
// the kernel then deals by hash, and of a hundred connections one loop may get sixty.
awaitable<void> async_server::accept_connections() {
    loop_timer pause(loops_.front()->context);
    std::size_t turn = 0;
    while (acceptor_->is_open()) {
        event_loop& loop = *loops_[turn % loops_.size()];
        boost::system::error_code error;
        loop_socket socket =
            co_await acceptor_->async_accept(loop.context, asio::redirect_error(use_loop, error));
        if (!acceptor_->is_open()) break;
        if (!error) {
            ++turn;
            admit(loop, std::move(socket));
        } else if (out_of_resources(error.value())) {
            ++loop.counters.accept_pauses;
            pause.expires_after(accept_pause);
            co_await pause.async_wait(asio::redirect_error(use_loop, error));
        }
        // Any other error is one connection's, gone before it was accepted.
    }
}

// Serves the connection, or answers that it cannot be served, in a coroutine of its own.
void async_server::admit(event_loop& loop, loop_socket socket) {
    ++loop.counters.accepted;
    ++loop.counters.open;
    const std::size_t open = open_connections();
    const bool welcome = open <= options_.max_connections;
    try {
        if (open > options_.max_connections + most_refusals_at_once)
            return turn_away(loop, std::move(socket));
        asio::co_spawn(loop.context,
                       welcome ? serve(loop, std::move(socket)) : refuse(loop, std::move(socket)),
                       [&loop](const std::exception_ptr& failure) {
                           if (failure) ++loop.counters.failures;
                           --loop.counters.open;
                           loop.end_if_drained();
                       });
    } catch (const std::exception&) {
        ++loop.counters.failures;  // no memory for a coroutine; the connection is closed
        --loop.counters.open;
    }
}

awaitable<void> async_server::serve(event_loop& loop, loop_socket socket) {
    async_connection peer(std::move(socket));
    loop.connections.push_back(peer);
    try {
        co_await converse(loop, peer);
    } catch (const std::exception&) {
        ++loop.counters.failures;  // no memory, most likely; nothing of a reply has been written
        peer.write_at_once(overloaded_reply);
    }
}

awaitable<void> async_server::converse(event_loop& loop, async_connection& peer) {
    incoming_request request(
        {.header_bytes = options_.max_header_bytes, .body_bytes = options_.max_body_bytes});
    std::string wire;
    peer.expect_within(options_.read_timeout);
    while (co_await read_request(loop, peer, request)) {
        plan planned = request.refusal() ? plan{.reply = *request.refusal()}
                                         : make_plan(request.method(), request.target());
        handicap_.burn();
        if (!planned.immediate()) co_await perform(loop, planned);
        if (planned.stats) planned.reply.made = stats();

        // A request that was read along with this one is owed a reply, even while draining.
        const bool keep = request.keep_alive() && (!loop.draining || request.has_more());
        render(planned.reply, keep, wire);
        peer.expect_within(options_.write_timeout);
        if (co_await peer.write(wire) < wire.size()) break;
        loop.counters.replied(planned.reply.status);
        if (!keep) {
            if (!request.is_last()) co_await close_lingering(peer);
            co_return;
        }
        request.next();
        peer.expect_within(request.idle() ? options_.idle_timeout : options_.read_timeout);
    }
    if (peer.late()) ++loop.counters.timeouts;
}

// True when there is something to reply to; false when the connection is to be closed without a word.
awaitable<bool> async_server::read_request(event_loop& loop, async_connection& peer,
                                           incoming_request& request) {
    while (!request.settled()) {
        if (request.wants_continue() && co_await peer.write(continue_line) < continue_line.size())
            co_return false;
        const bool idle = request.idle();
        if (idle && loop.draining) co_return false;
        const std::size_t got = co_await peer.read(request.room(), idle);
        if (got > 0) {
            request.received(got);
            if (idle && !request.settled()) peer.expect_within(options_.read_timeout);
        }
        if (request.settled()) break;
        if (peer.late() && !idle) {
            ++loop.counters.timeouts;
            request.refuse(408, "the request did not arrive in time");
        } else if (got == 0) {
            co_return false;
        }
    }
    co_return true;
}

awaitable<void> async_server::perform(event_loop& loop, plan& planned) {
    if (planned.database) {
        auto answer = database_answer::absent;
        if (loop.database) answer = co_await loop.database->sleep(*planned.database);
        tell(answer, planned.reply);
    }
    if (planned.wait.count() > 0) {
        loop_timer timer(loop.context, planned.wait);
        co_await timer.async_wait(use_loop);
    }
    if (!offload_) {
        // What cannot be awaited stops everyone this loop serves.
        block_for(planned.block);
        compute_for(planned.compute);
    } else if (planned.block.count() > 0 || planned.compute.count() > 0) {
        co_await asio::async_initiate<const asio::use_awaitable_t<loop_executor>, void()>(
            [this, &planned](auto resume) {
                asio::post(*offload_, [&planned, resume = std::move(resume)]() mutable {
                    block_for(planned.block);
                    compute_for(planned.compute);
                    asio::post(std::move(resume));  // back to the loop, which its executor is
                });
            },
            use_loop);
    }
}

// Waits for the client to close first. Closing with unread input, or before more of it comes, would send a
// reset, and a reset takes the reply with it if the client has not read that yet.
awaitable<void> async_server::close_lingering(async_connection& peer) {
    std::array<char, 1024> unwanted;
    peer.finish_writing();
    peer.expect_within(options_.linger_timeout);
    while (co_await peer.read(unwanted, false) > 0 && !peer.late()) {
    }
}

// For a connection over the limit.
awaitable<void> async_server::refuse(event_loop& loop, loop_socket socket) {
    async_connection peer(std::move(socket));
    loop.connections.push_back(peer);
    ++loop.counters.refused;
    peer.expect_within(options_.write_timeout);
    if (co_await peer.write(overloaded_reply) < overloaded_reply.size()) co_return;
    loop.counters.replied(503);
    co_await close_lingering(peer);
}

// With too many refusals under way: says so if that takes no waiting, and closes.
void async_server::turn_away(event_loop& loop, loop_socket socket) {
    async_connection peer(std::move(socket));
    ++loop.counters.refused;
    if (peer.write_at_once(overloaded_reply)) loop.counters.replied(503);
    --loop.counters.open;
}

std::size_t async_server::open_connections() const {
    std::size_t open = 0;
    for (const auto& loop : loops_) open += loop->counters.open.value();
    return open;
}

std::string async_server::stats() const {
    counters_report report;
    for (const auto& loop : loops_) report.add(loop->counters);
    return report.json(crew_.size() + offload_crew_.size(), std::chrono::steady_clock::now() - started_);
}

void async_server::event_loop::run() {
    while (!context.stopped()) {
        try {
            context.run();
        } catch (const std::exception&) {
            ++counters.failures;  // no memory, most likely, for a step of Asio's own; the rest goes on
        }
    }
}

awaitable<void> async_server::event_loop::keep_ticking(std::chrono::milliseconds tick) {
    boost::system::error_code ignored;  // a cancelled tick is a tick too
    while (!drained()) {
        ticker.expires_after(tick);
        co_await ticker.async_wait(asio::redirect_error(use_loop, ignored));
        const auto now = async_connection::clock::now();
        for (async_connection& connection : connections) connection.tick(now);
    }
}

void async_server::event_loop::drain() {
    draining = true;
    for (async_connection& connection : connections) connection.drain();
    end_if_drained();
}

void async_server::event_loop::end_if_drained() {
    if (!drained()) return;
    open_for_work.reset();
    ticker.cancel();
}

}  // namespace servers
