// A duel of a few short slices against two scripted servers.
#pragma once

#include <chrono>
#include <string>

#include "loadgen/duel.hpp"
#include "loadgen/request_bytes.hpp"
#include "loadgen/tests/scripted_server.hpp"

namespace loadgen::tests {

inline constexpr unsigned connections = 3;

inline plan plan_for(const boost::asio::ip::tcp::endpoint& server, connection_mode mode) {
    plan what;
    what.server = server;
    request_class all{"all", 1, "/", {}};
    all.bytes = request_bytes({"GET", "test", {}, {}, mode == connection_mode::kept}, "/");
    what.classes.push_back(all);
    what.mode = mode;
    what.connections = connections;
    return what;
}

inline duel_plan duel_of(const boost::asio::ip::tcp::endpoint& baseline,
                         const boost::asio::ip::tcp::endpoint& candidate,
                         connection_mode mode = connection_mode::kept) {
    duel_plan asked;
    asked.of_side = {plan_for(baseline, mode), plan_for(candidate, mode)};
    asked.length = std::chrono::milliseconds(80);
    asked.slice = std::chrono::milliseconds(5);
    asked.warm_up = std::chrono::milliseconds(0);
    return asked;
}

inline duel_result run_uninterrupted(const duel_plan& asked) {
    interrupts nobody;
    return run_duel(asked, {}, nobody);
}

inline const scripted_server::script answer_ok = reply_always(std::string(ok_reply));

}  // namespace loadgen::tests
