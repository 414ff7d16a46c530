// Posting from another thread takes memory, and what it tells (all are ready, one has ended, stop) must
// arrive: without it a run would wait for ever. Where there is no memory now, there may be in a millisecond.
#pragma once

#include <chrono>
#include <new>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace loadgen {

template <class Handler>
void post_surely(boost::asio::io_context& to, Handler handler) {
    for (int attempts_left = 1000;; --attempts_left) {
        try {
            boost::asio::post(to, handler);
            return;
        } catch (const std::bad_alloc&) {
            if (attempts_left == 0) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
}

}  // namespace loadgen
