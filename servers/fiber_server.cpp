#include "servers/fiber_server.hpp"

#include <exception>
#include <memory>
#include <utility>

#include "servers/blocking_session.hpp"
#include "servers/fiber_backend.hpp"
#include "servers/reply.hpp"

namespace servers {

fiber_server::fiber_server(const options& chosen)
    : options_(chosen),
      terms_{.limits = options_,
             .stats = [this] { return loops_.stats(); },
             .keep_open = true,
             .burden = handicap(chosen.handicap)},
      loops_(options_, [this](place taken, loop_socket socket) {
          event_loop& loop = taken.loop();
          boost::asio::spawn(
              loop.context, std::allocator_arg, fiber_stack_allocator{&stacks_},
              [this, taken = std::move(taken), socket = std::move(socket)](const fiber_yield& yield) mutable {
                  serve(std::move(taken), std::move(socket), yield);
              },
              loop.count_failure());
      }) {}

// The life of a connection.
void fiber_server::serve(place taken, loop_socket socket, const fiber_yield& yield) {
    event_loop& loop = taken.loop();
    fiber_connection peer(std::move(socket), loop.reads, yield);
    loop.connections.push_back(peer);
    fiber_backend backend(loop, loops_.pool(), yield);
    blocking_session session(terms_, loop.counters, loop.draining, peer, backend, loop.wire);
    if (!taken.welcome()) return session.refuse();
    try {
        session.converse();
    } catch (const std::exception&) {
        ++loop.counters.failures;  // no memory, most likely; nothing of a reply has been written
        peer.write_at_once(view_of(overloaded_reply()));
    }
}

}  // namespace servers
