#include "servers/event_loop.hpp"

#include <boost/asio/redirect_error.hpp>

namespace servers {

awaitable<void> event_loop::keep_ticking(presence, std::chrono::milliseconds tick) {
    boost::system::error_code ignored;  // a cancelled tick is a tick too
    while (!drained()) {
        ticker.expires_after(tick);
        have_memory_to_wait();
        co_await ticker.async_wait(boost::asio::redirect_error(use_loop, ignored));
        const auto now = loop_connection::clock::now();
        for (loop_connection& connection : connections) connection.tick(now);
    }
    ticking.done = true;
}

void event_loop::drain() {
    draining = true;
    for (loop_connection& connection : connections) connection.drain();
    end_if_drained();
}

void event_loop::end_if_drained() {
    if (!drained()) return;
    open_for_work.reset();
    ticker.cancel();
}

}  // namespace servers
