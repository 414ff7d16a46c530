#include "loadgen/summary_columns.hpp"

#include <algorithm>

#include "loadgen/shared_columns.hpp"

namespace loadgen {
namespace {

using S = const summary&;
using columns = std::vector<column<summary>>;

// What was asked, and when.
void add_load(columns& list) {
    append<summary>(
        list,
        {{"connections", "integer", "connection slots: the most requests in flight",
          [](S s, std::size_t) { return cell(s.connections); }},
         {"connection_mode", "string",
          "fresh: one per request, opened when due; kept: opened before the start",
          [](S s, std::size_t) { return s.connection_mode; }},
         {"arrivals", "string",
          "closed: a slot sends when its previous reply is done; constant, poisson, replayed: an open loop",
          [](S s, std::size_t) { return s.arrivals; }},
         {"offered_rps", "number", "requests per second offered by an open loop: the mean over duration_s",
          [](S s, std::size_t) { return cell(s.offered_rps); }},
         {"achieved_over_offered", "number",
          "the rate at which an open loop's requests were sent, over the rate offered; has no unit",
          [](S s, std::size_t) { return cell(s.achieved_over_offered); }},
         {"generator_threads", "integer", "threads of the load generator",
          [](S s, std::size_t) { return cell(s.generator_threads); }},
         {"generator_ranks", "integer",
          "generators that made the run together, as ranks of an MPI job; generator_threads are of them all",
          [](S s, std::size_t) { return cell(std::uint64_t{std::max<std::size_t>(s.ranks.size(), 1)}); }},
         {"requests", "integer", "requests scheduled: the sum of the outcomes",
          [](S s, std::size_t) { return cell(s.requests); }},
         {"retries", "integer",
          "how often one was asked again after --timeout (--retries), each time counted",
          [](S s, std::size_t) { return cell(s.retries); }},
         {"duration_s", "number",
          "what rates are over: --duration, that of --stages, a fixed count's makespan, or the count over "
          "--rate (of a file: its last instant) where that is longer; of slices: from the start to the last "
          "reply, summed up",
          [](S s, std::size_t) { return fmt::format("{:.6f}", s.duration_s); }},
         {"warm_up_s", "number", "how long the same load ran before, uncounted",
          [](S s, std::size_t) { return cell(s.warm_up_s); }},
         {"drain_ms", "number", "how long after --duration the last request had its outcome; at most --drain",
          [](S s, std::size_t) { return cell(s.drain_ms); }},
         {"pinned", "boolean", "server and generator were bound to cores of their own",
          [](S s, std::size_t) { return cell(s.keys.pinned); }},
         {"started_at", "datetime", "UTC, when the first request was due",
          [](S s, std::size_t) { return s.started_at; }}});
}

void add_statuses(columns& list) {
    for (std::size_t i = 2; i <= 5; ++i)
        list.push_back({fmt::format("status_{}xx", i), "integer",
                        fmt::format("replies of a status from {0}00 to {0}99", i),
                        [](S s, std::size_t which) { return cell(s.statuses[which]); }, i});
    list.push_back({"status_other", "integer", "replies of any other status",
                    [](S s, std::size_t) { return cell(s.statuses[0] + s.statuses[1]); }});
    list.push_back(
        {"generator_shortages", "integer",
         "requests, among the unfinished, that the generator could not send because it ran out of files, "
         "ports or memory of its own",
         [](S s, std::size_t) { return cell(s.generator_shortages); }});
}

void add_speed(columns& list) {
    append<summary>(
        list,
        {{"throughput_rps", "number", "`ok` replies per second of duration_s",
          [](S s, std::size_t) { return cell(s.throughput_rps); }},
         {"makespan_ms", "number", "first due to last done of a fixed count",
          [](S s, std::size_t) { return cell(s.makespan_ms); }},
         {"ideal_ms", "number",
          "the makespan that no server of this model can beat; empty where nothing waits",
          [](S s, std::size_t) { return cell(s.ideal_ms); }},
         {"makespan_over_ideal", "number", "their ratio; has no unit",
          [](S s, std::size_t) { return cell(s.makespan_over_ideal); }},
         {"makespan_generator_ms", "number",
          "closed loop: what the generator's own delays (lag, read) took of the makespan, on the slot that "
          "ended last",
          [](S s, std::size_t) { return cell(s.makespan_generator_ms); }},
         {"makespan_connect_ms", "number", "what opening connections took of it",
          [](S s, std::size_t) { return cell(s.makespan_connect_ms); }},
         {"makespan_server_ms", "number", "the rest of it: what the server took",
          [](S s, std::size_t) { return cell(s.makespan_server_ms); }}});
}

// What latency is the sum of, beside service; and what comes after it.
void add_parts(columns& list) {
    using part = std::array<std::optional<double>, 3> summary::*;
    static constexpr std::array<part, 5> members{&summary::queue_us, &summary::connect_us, &summary::tls_us,
                                                 &summary::lag_us, &summary::read_us};
    constexpr std::array<std::string_view, 5> names{"queue", "connect", "tls", "lag", "read"};
    constexpr std::array<std::string_view, 5> meanings{
        "of the queue part of latency: waiting for a free connection slot",
        "of the connect part of latency: opening the connection",
        "of the tls part of latency: the handshakes of https; empty where there was none",
        "of the lag part of latency: the generator's own delay before the first byte was on the wire",
        "of the read time, which is in no latency: from done until the generator had the reply; empty where "
        "the kernel told nothing"};
    constexpr std::array<std::string_view, 3> quantiles{"p50", "p99", "p99_9"};
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t q = 0; q < quantiles.size(); ++q)
            list.push_back({fmt::format("{}_{}_us", names[i], quantiles[q]), "number",
                            fmt::format("{} {}", quantiles[q], meanings[i]),
                            [](S s, std::size_t which) { return cell((s.*members[which / 3])[which % 3]); },
                            3 * i + q});
    append<summary>(
        list, {{"tls_resumed_share", "number", "of these handshakes, how many resumed a session; has no unit",
                [](S s, std::size_t) { return cell(s.tls_resumed_share); }},
               {"done_by", "string",
                "what told when replies were there: kernel, by its stamp of the last byte; read, when the "
                "generator had read it, which is later; both: some by each. Latencies of different kinds are "
                "not compared",
                [](S s, std::size_t) { return s.done_by; }}});
}

void add_server(columns& list) {
    append<summary>(
        list, {{"server_cpu_us_per_request", "number",
                "user and system time of the server's process tree, ended threads too, per request sent, "
                "its retries included",
                [](S s, std::size_t) { return cell(s.server_cpu_us_per_request); }},
               {"server_utilisation", "number", "server CPU time over wall time; 1 is one core",
                [](S s, std::size_t) { return cell(s.server_utilisation); }},
               {"server_rss_peak_kib", "integer", "peak resident memory of the server's process tree",
                [](S s, std::size_t) { return cell(s.server_rss_peak_kib); }},
               {"server_threads_peak", "integer", "most threads seen at a sample",
                [](S s, std::size_t) { return cell(s.server_threads_peak); }},
               {"server_context_switches", "integer",
                "voluntary and involuntary. In a recording of the bench: of the server's whole life, exact; "
                "from loadgen alone: during the run, a lower bound where threads end between samples",
                [](S s, std::size_t) { return cell(s.server_context_switches); }}});
}

void add_generator(columns& list) {
    append<summary>(
        list,
        {{"generator_cpu_us_per_request", "number", "CPU time of the generator's threads per request sent",
          [](S s, std::size_t) { return cell(s.generator_cpu_us_per_request); }},
         {"generator_utilisation", "number", "CPU over wall time of the busiest generator thread",
          [](S s, std::size_t) { return cell(s.generator_utilisation); }},
         {"generator_waiting_utilisation", "number",
          "share of wall time in which that thread was ready to run and had no core",
          [](S s, std::size_t) { return cell(s.generator_waiting_utilisation); }},
         {"generator_absent_utilisation", "number",
          "share of wall time in which that thread was stopped, or its core taken by the hypervisor",
          [](S s, std::size_t) { return cell(s.generator_absent_utilisation); }},
         {"machine_steal_utilisation", "number",
          "share of the machine's CPU time that its hypervisor took during the run",
          [](S s, std::size_t) { return cell(s.machine_steal_utilisation); }}});
}

void add_verdict(columns& list) {
    append<summary>(
        list,
        {{"verdict", "string",
          "valid; invalid: the generator could not keep its promise; failed, which only the bench writes: "
          "the server did not end as it should, or answered not one request ok. Only a valid run counts",
          [](S s, std::size_t) { return s.verdict; }},
         {"client_bound", "boolean",
          "closed loop: the generator ran or waited for a core all the time, so the rate is the "
          "generator's",
          [](S s, std::size_t) { return cell(s.client_bound); }},
         {"generator_bound", "boolean",
          "fixed count: the generator's own delays are more than 5 % of the makespan; smaller "
          "differences are "
          "not the servers'",
          [](S s, std::size_t) { return cell(s.generator_bound); }},
         {"saturated", "boolean",
          "open loop: more than 1 % of requests waited for a connection; the latencies stand",
          [](S s, std::size_t) { return cell(s.saturated); }},
         {"clock_uncertain", "boolean",
          "the clocks of its ranks are known to more than 1 ms or a tenth of p50 only: in which order "
          "requests of "
          "two ranks were sent is not known; each latency stands",
          [](S s, std::size_t) { return cell(s.clock_uncertain); }},
         {"server_lost", "boolean", "to the end of the run no connection could be opened and no reply came",
          [](S s, std::size_t) { return cell(s.server_lost); }},
         {"gave_up", "boolean",
          "it was ended early for that: nothing was in flight, and nothing could be connected for 5 s",
          [](S s, std::size_t) { return cell(s.gave_up); }},
         {"nagle_delayed", "boolean",
          "most replies' last byte came 38 to 60 ms after their first: the server seems to write head and "
          "body "
          "apart, without TCP_NODELAY",
          [](S s, std::size_t) { return cell(s.nagle_delayed); }},
         {"reasons", "string", "why the run is invalid or failed",
          [](S s, std::size_t) { return s.reasons; }},
         {"failed_if", "string", "the conditions of --fail-if that hold",
          [](S s, std::size_t) { return s.failed_if; }},
         {"rows_cut", "integer", "requests that are not in requests.csv because --rows-cap was reached",
          [](S s, std::size_t) { return cell(s.rows_cut); }}});
}

}  // namespace

const std::vector<column<summary>>& summary_columns() {
    static const auto list = [] {
        auto all = key_columns<summary>();
        add_load(all);
        add_outcomes(all);
        add_statuses(all);
        add_speed(all);
        add_latency(all);
        add_parts(all);
        add_service(all);
        add_server(all);
        add_generator(all);
        add_verdict(all);
        return all;
    }();
    return list;
}

}  // namespace loadgen
