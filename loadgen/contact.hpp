// What a worker knows of its server: when it was last heard of, and since when no connection to it could be
// opened. Told by the sessions, read by the watchdog. One per worker, on its thread.
#pragma once

#include <string>

#include "loadgen/exchange.hpp"

namespace loadgen {

class contact {
public:
    void note_alive(clock::time_point at) {  // the server has accepted, or replied
        last_alive_ = at;
        failing_since_ = {};
        has_connected_ = true;
    }
    void note_failing(clock::time_point at) {  // a connection could not be opened
        if (failing_since_ == clock::time_point{}) failing_since_ = at;
    }
    // Its silence is none yet: the run begins, or a reply is still owed.
    void count_as_alive(clock::time_point at) { last_alive_ = at; }
    void note_lacking(shortage lacked) {  // a kept connection could not be opened before the start
        if (lacked != shortage::none) lacked_ = lacked;
    }

    void note_tls_fault(const std::string& fault) {
        if (!fault.empty()) tls_fault_ = fault;
    }

    const std::string& tls_fault() const { return tls_fault_; }  // why the last handshake failed, if one did
    bool has_connected() const { return has_connected_; }
    shortage lacked() const { return lacked_; }
    nanoseconds silent_for(clock::time_point now) const { return now - last_alive_; }
    // How long no connection could be opened, and nothing came; zero: it is not so.
    nanoseconds failing_for(clock::time_point now) const {
        return failing_since_ == clock::time_point{} ? nanoseconds(0) : now - failing_since_;
    }

private:
    clock::time_point last_alive_{};
    clock::time_point failing_since_{};
    bool has_connected_ = false;
    shortage lacked_ = shortage::none;
    std::string tls_fault_;
};

}  // namespace loadgen
