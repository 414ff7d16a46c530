// An accepted connection whose reads and writes return when they are done: the calling thread waits in the
// kernel. Its limits of time are its own, because Asio's synchronous reads do not keep any. Twin of
// async_connection.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "servers/descriptor.hpp"

namespace servers {

class blocking_connection {
public:
    // The socket's SO_RCVTIMEO and SO_SNDTIMEO must be set (keep_ticking): they are how often a wait looks
    // up. `draining` must outlive the connection.
    blocking_connection(descriptor socket, const std::atomic<bool>& draining)
        : socket_(std::move(socket)), draining_(draining) {}

    // All that follows, until the next call, has to be done by then.
    void expect_within(std::chrono::milliseconds limit);
    // Whether the time was over before what was asked for last had been done.
    [[nodiscard]] bool late() const { return late_; }

    // Reads what there is, at least a byte; 0 when there will be none: the peer has closed or is gone, or
    // late() is true. What `may_never_come` is not waited for once the server drains.
    std::size_t read(std::span<char> room, bool may_never_come);
    // Writes all of it, with one call unless the kernel has no room; returns less than its size when it
    // cannot.
    std::size_t write(std::string_view bytes);
    // Writes what the kernel takes without waiting; for when there are no means to wait.
    bool write_at_once(std::string_view bytes);
    // Sends the end of the stream; reading goes on.
    void finish_writing();

    // Sets how often waits on this socket look up. Linux hands this on from a listening socket to those it
    // accepts.
    static void keep_ticking(const descriptor& socket, std::chrono::milliseconds tick);

private:
    using clock = std::chrono::steady_clock;

    // After a wait ended with nothing: whether to wait again.
    bool has_time();

    descriptor socket_;
    const std::atomic<bool>& draining_;
    clock::time_point deadline_{};
    bool late_ = false;
};

}  // namespace servers
