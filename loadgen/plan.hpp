// What a run is to do, complete and checked: the only thing that the runner reads. Made by `options`, or by
// hand in a test.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loadgen/expectation.hpp"
#include "loadgen/mix.hpp"
#include "loadgen/schedule.hpp"
#include "loadgen/server_address.hpp"
#include "loadgen/tls_stream.hpp"

namespace loadgen {

// The part of `total` that number `index` of `sharers` has.
constexpr unsigned share_of(unsigned total, unsigned index, unsigned sharers) {
    return total / sharers + (index < total % sharers ? 1 : 0);
}

enum class connection_mode : std::uint8_t { fresh, kept };

struct plan {
    server_address server;
    std::optional<tls_terms> tls;  // of https
    std::vector<request_class> classes;
    loadgen::load load;
    connection_mode mode = connection_mode::kept;
    bool is_head = false;
    expectation expected;
    std::uint64_t requests_per_connection = 0;  // of a kept one, which then is replaced; 0: without limit
    std::chrono::nanoseconds warm_up{0};        // the same load for so long before, uncounted
    unsigned connections = 1;                   // at least `threads`, at most the requests of a fixed count
    unsigned threads = 1;
    // Of generators that make one run together (`fleet`), each with as many threads: rank r of n has every
    // n-th request and connection slot, and its threads have these in turn. All else here is of the whole
    // run.
    unsigned rank = 0, ranks = 1;
    unsigned all_threads() const { return ranks * threads; }
    unsigned number_of(unsigned thread) const { return rank + ranks * thread; }  // among all threads
    std::chrono::nanoseconds timeout = std::chrono::seconds(30);                 // from due
    unsigned retries = 0;  // of an open loop's request that timed out; each try has the timeout to itself
    std::chrono::nanoseconds drain = std::chrono::seconds(2);  // for what is in flight when the duration ends
    std::optional<std::size_t> rows_cap;                       // none: there is no requests.csv
    std::optional<pid_t> server_pid;
    // One of many short runs in turn: it begins without ado, the server is sampled at its two edges only, and
    // it is over, and its rate measured, when its last reply is in.
    bool is_slice = false;
    // Each thread looks for replies again and again and never sleeps, so that no server pays for waking it.
    bool busy_poll = false;
    // Replies are done when the kernel received them; otherwise when they are read.
    bool kernel_stamps = true;
    bool shows_progress = false;  // a line on standard error, rewritten a few times a second
};

}  // namespace loadgen
