// What a run is to do, complete and checked: the only thing that the runner reads. Made by `options`, or by
// hand in a test.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "loadgen/mix.hpp"
#include "loadgen/schedule.hpp"

namespace loadgen {

enum class connection_mode : std::uint8_t { fresh, kept };

struct plan {
    boost::asio::ip::tcp::endpoint server;
    std::vector<request_class> classes;
    loadgen::load load;
    connection_mode mode = connection_mode::kept;
    bool is_head = false;
    unsigned connections = 1;  // at least `threads`, at most the requests of a fixed count
    unsigned threads = 1;
    std::chrono::nanoseconds timeout =
        std::chrono::minutes(10);  // from due; longer than the article's 100 x 5 s
    std::chrono::nanoseconds drain = std::chrono::seconds(2);  // for what is in flight when the duration ends
    std::size_t rows_cap = 100'000;
    std::optional<pid_t> server_pid;
    // One of many short runs in turn: it begins without ado, the server is sampled at its two edges only, and
    // it is over, and its rate measured, when its last reply is in.
    bool is_slice = false;
    // Each thread looks for replies again and again and never sleeps, so that no server pays for waking it.
    bool busy_poll = false;
    bool shows_progress = false;  // a line on standard error, rewritten a few times a second
};

}  // namespace loadgen
