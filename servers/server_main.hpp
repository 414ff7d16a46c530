// The main function of both programs: read the flags, listen, say where, serve until a signal, drain. A
// template over the server, because that is all that differs.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "servers/listener.hpp"
#include "servers/options.hpp"
#include "servers/process.hpp"

namespace servers {

template <class Server>
int serve_until_signalled(const options& chosen) {
    const stop_signals signals;
    allow_many_files();
    make_timers_exact();
    Server server(chosen);
    const socket_file file(chosen.address);
    server.start();
    fmt::print("listening on {}\n", endpoint_text(chosen.address, server.port()));
    std::fflush(stdout);

    signals.wait();
    const bool in_time = server.drain();
    if (const std::uint64_t late = server.drained_unanswered(); late > 0) {
        fmt::print(stderr, "{} connections or requests on them came after the signal and were not answered\n",
                   late);
    }
    if (!in_time) {
        // Threads in a call that cannot be ended are still there; the process ends without them.
        fmt::print(stderr, "--drain-timeout: passed with requests unanswered\n");
        std::_Exit(0);
    }
    return 0;
}

template <class Server>
int server_main(int argc, char** argv) {
    try {
        const parsed_options parsed =
            parse_options(Server::model, std::vector<std::string>(argv + 1, argv + argc));
        for (const std::string& mistake : parsed.mistakes) fmt::print(stderr, "{}\n", mistake);
        if (!parsed.mistakes.empty()) return 2;
        if (!parsed.help.empty()) {
            fmt::print("{}", parsed.help);
            return 0;
        }
        return serve_until_signalled<Server>(parsed.chosen);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 2;
    }
}

}  // namespace servers
