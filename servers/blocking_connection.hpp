// An accepted connection whose reads and writes return when they are done: the calling thread waits in the
// kernel. Its limits of time are the socket's own, SO_RCVTIMEO and SO_SNDTIMEO, because Asio's synchronous
// reads do not keep any. Twin of async_connection.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "servers/coarse_clock.hpp"
#include "servers/descriptor.hpp"

namespace servers {

class blocking_connection {
public:
    using clock = coarse_clock;

    // The socket's waits end after `wait` at first (end_waits_after). `draining` must outlive the connection.
    blocking_connection(descriptor socket, std::chrono::milliseconds wait, const std::atomic<bool>& draining)
        : socket_(std::move(socket)), read_wait_(wait), write_wait_(wait), draining_(draining) {}

    // All that follows, until the next call, has to be done by then.
    void expect_within(std::chrono::milliseconds limit);
    // Whether the time was over before what was asked for last had been done.
    [[nodiscard]] bool late() const { return late_; }

    // Reads what there is, at least a byte; 0 when there will be none: the peer has closed or is gone, or
    // late() is true. What `may_never_come` is not waited for once the server drains and has interrupted the
    // thread.
    std::size_t read(std::span<char> room, bool may_never_come);
    // Reads or writes what can be without waiting, and returns how much it was.
    std::size_t read_at_once(std::span<char> room);
    std::size_t write_at_once(std::string_view bytes);
    // The others of the bytes, of which some were written at once; false when it cannot.
    bool write_rest(std::string_view bytes, std::size_t written);
    // Whether something has come that was not read.
    [[nodiscard]] bool has_more();
    // Sends the end of the stream; reading goes on.
    void finish_writing();

    // Sets after how long a wait on this socket, and on those it accepts, ends. The shortest of a server's
    // limits is best: no wait is then too long, so that setting another takes no call unless somebody has
    // waited that long.
    static void end_waits_after(const descriptor& socket, std::chrono::milliseconds wait);

protected:
    [[nodiscard]] int number() const { return socket_.get(); }
    [[nodiscard]] clock::time_point deadline() const { return deadline_; }

private:
    // Whether there is time to wait at all; makes the next wait end with it at the latest.
    bool has_time(int option, clock::duration& wait);

    descriptor socket_;
    clock::duration read_wait_;  // what the socket's options are
    clock::duration write_wait_;
    const std::atomic<bool>& draining_;
    clock::time_point deadline_{};
    bool late_ = false;
};

}  // namespace servers
