// When a request was on the wire, and when its reply was. A reply is done when its last byte is there, not
// when a thread of ours has been woken and has read it, which is 30 to 70 us later. The kernel stamps by the
// wall clock, and all times here are of the steady one. Both are slewed alike, so their distance is constant
// until somebody sets the wall clock: it is taken anew all the time, and a stamp that cannot be is not
// believed. One per worker.
#pragma once

#include <sys/types.h>

#include <span>

#include "loadgen/exchange.hpp"
#include "loadgen/open_socket.hpp"

namespace loadgen {

// What a read took. Of several segments the stamp is the newest one's, and so the latest that any of its
// bytes may have come. The end of the connection counts as one, where the server sends it right behind its
// reply.
struct arrival {
    ssize_t bytes = 0;         // as of recv: negative on failure, and then `errno` says why
    clock::time_point at{};    // when they were received, or else read
    clock::time_point read{};  // when the read returned
    bool by_kernel = false;    // `at` is the kernel's stamp
};

// The kernel stamps packets as long as there is a socket that asks for it. To switch that on or off takes it
// some milliseconds, so one such socket is held for as long as stamps are wanted.
open_socket ask_for_stamps();

class wire_clock {
public:
    explicit wire_clock(bool asks_kernel) : asks_kernel_(asks_kernel) { relate(); }

    // To be called at least every few milliseconds.
    void relate();

    // For each socket, once: without it, and where its protocol has no stamps, reads are told by themselves.
    void stamp(int socket) const;

    // When the request was on the wire that was sent from `before` to `after`: within that call, so its
    // middle is nearest. Where the thread was put to sleep in it, that is not so: then it is as far in it as
    // the shortest call so far lets expect. It was, where the reply was there before the call had ended, or
    // where it took four times as long as the shortest.
    clock::time_point sent(clock::time_point before, clock::time_point after, clock::time_point done);

    // Does not block. A stamp from before `earliest`, when nothing can have been sent yet, is not believed.
    arrival receive(int socket, std::span<char> into, clock::time_point earliest) const;

private:
    bool asks_kernel_;
    nanoseconds wall_ahead_{0};  // of the steady clock
    nanoseconds relating_took_ = nanoseconds::max();
    nanoseconds shortest_send_ = nanoseconds::max();
};

}  // namespace loadgen
