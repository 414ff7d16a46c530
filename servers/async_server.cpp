#include "servers/async_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

#include "servers/async_backend.hpp"
#include "servers/async_connection.hpp"
#include "servers/async_session.hpp"
#include "servers/reply.hpp"

namespace servers {

async_server::async_server(const options& chosen)
    : options_(chosen),
      terms_{.limits = options_,
             .stats = [this] { return loops_.stats(); },
             .keep_open = true,
             .burden = handicap(chosen.handicap)},
      loops_(options_, [this](place taken, loop_socket socket) {
          event_loop& loop = taken.loop();
          boost::asio::co_spawn(loop.context, serve(std::move(taken), std::move(socket)),
                                loop.count_failure());
      }) {}

// The life of a connection.
awaitable<void> async_server::serve(place taken, loop_socket socket) {
    event_loop& loop = taken.loop();
    async_connection peer(std::move(socket), loop.reads);
    loop.connections.push_back(peer);
    async_backend backend(loop, loops_.pool(), peer);
    async_session session(terms_, loop.counters, loop.draining, peer, backend, loop.wire);
    if (!taken.welcome()) co_return co_await session.refuse();
    try {
        if (!options_.cancel_abandoned) {
            co_await session.converse();
        } else if (!co_await peer.while_there(session.converse())) {
            ++loop.counters.abandoned;
        }
    } catch (const std::exception&) {
        ++loop.counters.failures;  // no memory, most likely; nothing of a reply has been written
        peer.write_at_once(view_of(overloaded_reply()));
    }
}

}  // namespace servers
