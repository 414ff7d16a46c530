#include "loadgen/csv.hpp"

#include <fmt/core.h>

namespace loadgen {
namespace {

std::string text(std::uint64_t value) {
    return fmt::format("{}", value);
}
std::string text(double value) {
    return fmt::format("{:.3f}", value);
}
std::string text(bool value) {
    return value ? "1" : "0";
}
template <class T>
std::string text(const std::optional<T>& value) {
    return value ? text(*value) : std::string();
}
std::string us(nanoseconds value) {
    return text(static_cast<double>(value.count()) / 1e3);
}
std::string ms(nanoseconds value) {
    return text(static_cast<double>(value.count()) / 1e6);
}

// The keys that every row of every file begins with.
template <class Row, const summary& (*run_of)(const Row&)>
std::vector<column<Row>> with_keys(std::vector<column<Row>> rest) {
    using R = const Row&;
    std::vector<column<Row>> result{
        {"recording", "string", "the invocation of the bench that this run belongs to",
         [](R r, std::size_t) { return run_of(r).keys.recording; }},
        {"suite", "string", "the suite that the bench ran",
         [](R r, std::size_t) { return run_of(r).keys.suite; }},
        {"variant", "string", "the server under test",
         [](R r, std::size_t) { return run_of(r).keys.variant; }},
        {"workload", "string", "what was asked of it",
         [](R r, std::size_t) { return run_of(r).keys.workload; }},
        {"repetition", "integer", "counted from 1",
         [](R r, std::size_t) { return text(run_of(r).keys.repetition); }},
    };
    for (auto& c : rest) result.push_back(std::move(c));
    return result;
}

const summary& itself(const summary& row) {
    return row;
}
const summary& of_request(const request_row& row) {
    return row.run;
}
const summary& of_latency(const latency_row& row) {
    return row.run;
}
const summary& of_throughput(const throughput_row& row) {
    return row.run;
}

using S = const summary&;
using summary_column = column<summary>;

void add_statuses(std::vector<summary_column>& to) {
    for (std::size_t i = 2; i <= 5; ++i)
        to.push_back({fmt::format("status_{}xx", i), "integer",
                      fmt::format("replies of a status from {0}00 to {0}99", i),
                      [](S s, std::size_t which) { return text(s.statuses[which]); }, i});
    to.push_back({"status_other", "integer", "replies of any other status",
                  [](S s, std::size_t) { return text(s.statuses[0] + s.statuses[1]); }});
    to.push_back(
        {"generator_shortages", "integer",
         "requests, among the unfinished, that the generator could not send because it ran out of files, "
         "ports or memory of its own",
         [](S s, std::size_t) { return text(s.generator_shortages); }});
}

void add_outcomes(std::vector<summary_column>& to) {
    constexpr std::array<std::string_view, outcome_count> meanings{
        "requests that got a complete reply of status 2xx",
        "requests that got a complete reply of another status",
        "requests for which no connection could be opened",
        "requests still without a complete reply when --timeout had passed since they were due",
        "requests whose connection ended before the reply's first byte",
        "requests whose connection ended inside the reply",
        "requests whose reply was not HTTP, or was followed by bytes that nobody asked for",
        "requests still open, or never sent, when the run ended"};
    for (std::size_t i = 0; i < outcome_count; ++i)
        to.push_back({std::string(outcome_names[i]), "integer", std::string(meanings[i]),
                      [](S s, std::size_t which) { return text(s.outcomes[which]); }, i});
}

// Each statistic has two columns, of which at most one is filled.
void add_latency(std::vector<summary_column>& to) {
    static constexpr std::array<statistic summary::*, 7> members{
        &summary::mean, &summary::p50,   &summary::p90, &summary::p95,
        &summary::p99,  &summary::p99_9, &summary::max};
    constexpr std::array<std::string_view, 7> names{"mean", "p50", "p90", "p95", "p99", "p99_9", "max"};
    for (std::size_t i = 0; i < names.size(); ++i)
        to.push_back(
            {fmt::format("latency_{}_us", names[i]), "number",
             fmt::format("{} of latency (done - due) over all requests; quantiles by nearest rank", names[i]),
             [](S s, std::size_t which) { return text((s.*members[which]).exact_us); }, i,
             [](S s, std::size_t which) { return text((s.*members[which]).at_least_us); }});
    for (std::size_t i = 0; i < names.size(); ++i)
        to.push_back(
            {fmt::format("latency_{}_at_least_us", names[i]), "number",
             fmt::format("a lower bound of the {}, where failed requests leave no more to say", names[i]),
             [](S s, std::size_t which) { return text((s.*members[which]).at_least_us); }, i});
}

void add_parts(std::vector<summary_column>& to) {
    using part = std::array<std::optional<double>, 2> summary::*;
    static constexpr std::array<part, 4> members{&summary::queue_us, &summary::connect_us, &summary::lag_us,
                                                 &summary::service_us};
    constexpr std::array<std::string_view, 4> names{"queue", "connect", "lag", "service"};
    constexpr std::array<std::string_view, 4> meanings{
        "waiting for a free connection slot", "opening the connection",
        "the generator's own delay before the first byte was sent",
        "from the first byte sent to the reply's last byte, failed requests as far as they came"};
    constexpr std::array<std::string_view, 2> quantiles{"p50", "p99"};
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t q = 0; q < quantiles.size(); ++q)
            to.push_back(
                {fmt::format("{}_{}_us", names[i], quantiles[q]), "number",
                 fmt::format("{} of the {} part of latency: {}", quantiles[q], names[i], meanings[i]),
                 [](S s, std::size_t which) { return text((s.*members[which / 2])[which % 2]); }, 2 * i + q});
    to.push_back({"service_mean_us", "number", "mean of the service part",
                  [](S s, std::size_t) { return text(s.service_mean_us); }});
}

// A statistic of the K-th class; the argument is K.
template <statistic class_summary::*member, std::optional<double> statistic::*form>
std::string of_class(S s, std::size_t k) {
    return k < s.classes.size() ? text(s.classes[k].*member.*form) : std::string();
}

void add_classes(std::vector<summary_column>& to) {
    for (std::size_t k = 0; k < most_classes; ++k) {
        const auto name = fmt::format("class_{}", k + 1);
        to.push_back(
            {name, "string", fmt::format("name of request class {} of the mix", k + 1),
             [](S s, std::size_t i) { return i < s.classes.size() ? s.classes[i].name : std::string(); }, k});
        to.push_back({name + "_requests", "integer", "its requests",
                      [](S s, std::size_t i) {
                          return i < s.classes.size() ? text(s.classes[i].requests) : std::string();
                      },
                      k});
        to.push_back({name + "_latency_p50_us", "number", "p50 of its latency",
                      of_class<&class_summary::p50, &statistic::exact_us>, k,
                      of_class<&class_summary::p50, &statistic::at_least_us>});
        to.push_back({name + "_latency_p99_us", "number", "p99 of its latency",
                      of_class<&class_summary::p99, &statistic::exact_us>, k,
                      of_class<&class_summary::p99, &statistic::at_least_us>});
        to.push_back({name + "_latency_p50_at_least_us", "number",
                      "a lower bound of that p50, where failures leave no more to say",
                      of_class<&class_summary::p50, &statistic::at_least_us>, k});
        to.push_back({name + "_latency_p99_at_least_us", "number",
                      "a lower bound of that p99, where failures leave no more to say",
                      of_class<&class_summary::p99, &statistic::at_least_us>, k});
    }
}

std::vector<summary_column> make_summary_columns() {
    std::vector<summary_column> list{
        {"connections", "integer", "connection slots: the most requests in flight",
         [](S s, std::size_t) { return text(s.connections); }},
        {"connection_mode", "string",
         "fresh: one per request, opened when due; kept: opened before the start",
         [](S s, std::size_t) { return s.connection_mode; }},
        {"arrivals", "string",
         "closed: a slot sends when its previous reply is done; constant, poisson: an open loop",
         [](S s, std::size_t) { return s.arrivals; }},
        {"offered_rps", "number", "requests per second offered by an open loop",
         [](S s, std::size_t) { return text(s.offered_rps); }},
        {"achieved_over_offered", "number",
         "the rate at which an open loop's requests were sent, over the rate offered; has no unit",
         [](S s, std::size_t) { return text(s.achieved_over_offered); }},
        {"generator_threads", "integer", "threads of the load generator",
         [](S s, std::size_t) { return text(s.generator_threads); }},
        {"requests", "integer", "requests scheduled: the sum of the outcomes",
         [](S s, std::size_t) { return text(s.requests); }},
        {"duration_s", "number",
         "what rates are over: --duration, a fixed count's makespan, or the count over --rate where that is "
         "longer",
         [](S s, std::size_t) { return fmt::format("{:.6f}", s.duration_s); }},
        {"drain_ms", "number", "how long after --duration the last request had its outcome; at most --drain",
         [](S s, std::size_t) { return text(s.drain_ms); }},
        {"pinned", "boolean", "server and generator were bound to cores of their own",
         [](S s, std::size_t) { return text(s.keys.pinned); }},
        {"started_at", "datetime", "UTC, when the first request was due",
         [](S s, std::size_t) { return s.started_at; }},
    };
    add_outcomes(list);
    add_statuses(list);
    for (summary_column c : std::vector<summary_column>{
             {"throughput_rps", "number", "`ok` replies per second of duration_s",
              [](S s, std::size_t) { return text(s.throughput_rps); }},
             {"makespan_ms", "number", "first due to last done of a fixed count",
              [](S s, std::size_t) { return text(s.makespan_ms); }},
             {"ideal_ms", "number",
              "the makespan that no server of this model can beat; empty where nothing waits",
              [](S s, std::size_t) { return text(s.ideal_ms); }},
             {"makespan_over_ideal", "number", "their ratio; has no unit",
              [](S s, std::size_t) { return text(s.makespan_over_ideal); }},
             {"makespan_generator_ms", "number",
              "closed loop: what the generator's own delays (lag) took of the makespan, on the slot that "
              "ended last",
              [](S s, std::size_t) { return text(s.makespan_generator_ms); }},
             {"makespan_connect_ms", "number", "what opening connections took of it",
              [](S s, std::size_t) { return text(s.makespan_connect_ms); }},
             {"makespan_server_ms", "number", "the rest of it: what the server took",
              [](S s, std::size_t) { return text(s.makespan_server_ms); }}})
        list.push_back(std::move(c));
    add_latency(list);
    add_parts(list);
    add_classes(list);
    for (summary_column c : std::vector<summary_column>{
             {"server_cpu_us_per_request", "number",
              "user and system time of the server's process tree, ended threads too, per request sent",
              [](S s, std::size_t) { return text(s.server_cpu_us_per_request); }},
             {"server_utilisation", "number", "server CPU time over wall time; 1 is one core",
              [](S s, std::size_t) { return text(s.server_utilisation); }},
             {"server_rss_peak_kib", "integer", "peak resident memory of the server's process tree",
              [](S s, std::size_t) { return text(s.server_rss_peak_kib); }},
             {"server_threads_peak", "integer", "most threads seen at a sample",
              [](S s, std::size_t) { return text(s.server_threads_peak); }},
             {"server_context_switches", "integer",
              "voluntary and involuntary. In a recording of the bench: of the server's whole life, exact; "
              "from loadgen alone: during the run, a lower bound where threads end between samples",
              [](S s, std::size_t) { return text(s.server_context_switches); }},
             {"generator_cpu_us_per_request", "number",
              "CPU time of the generator's threads per request sent",
              [](S s, std::size_t) { return text(s.generator_cpu_us_per_request); }},
             {"generator_utilisation", "number", "CPU over wall time of the busiest generator thread",
              [](S s, std::size_t) { return text(s.generator_utilisation); }},
             {"generator_waiting_utilisation", "number",
              "share of wall time in which that thread was ready to run and had no core",
              [](S s, std::size_t) { return text(s.generator_waiting_utilisation); }},
             {"generator_absent_utilisation", "number",
              "share of wall time in which that thread was stopped, or its core taken by the hypervisor",
              [](S s, std::size_t) { return text(s.generator_absent_utilisation); }},
             {"machine_steal_utilisation", "number",
              "share of the machine's CPU time that its hypervisor took during the run",
              [](S s, std::size_t) { return text(s.machine_steal_utilisation); }},
             {"verdict", "string", "valid, or invalid: the generator could not keep its promise",
              [](S s, std::size_t) { return s.verdict; }},
             {"client_bound", "boolean",
              "closed loop: the generator ran or waited for a core all the time, so the rate is the "
              "generator's",
              [](S s, std::size_t) { return text(s.client_bound); }},
             {"generator_bound", "boolean",
              "fixed count: the generator's own delays are more than 5 % of the makespan; smaller "
              "differences are "
              "not the servers'",
              [](S s, std::size_t) { return text(s.generator_bound); }},
             {"saturated", "boolean",
              "open loop: more than 1 % of requests waited for a connection; the latencies stand",
              [](S s, std::size_t) { return text(s.saturated); }},
             {"server_lost", "boolean",
              "to the end of the run no connection could be opened and no reply came",
              [](S s, std::size_t) { return text(s.server_lost); }},
             {"gave_up", "boolean",
              "it was ended early for that: nothing was in flight, and nothing could be connected for 5 s",
              [](S s, std::size_t) { return text(s.gave_up); }},
             {"reasons", "string", "why the run is invalid", [](S s, std::size_t) { return s.reasons; }},
             {"rows_cut", "integer", "requests that are not in requests.csv because --rows-cap was reached",
              [](S s, std::size_t) { return text(s.rows_cut); }}})
        list.push_back(std::move(c));
    return with_keys<summary, itself>(std::move(list));
}

// Empty where the request never became due.
template <nanoseconds exchange::*part>
std::string time_of(const request_row& r, std::size_t) {
    return r.request.was_due ? us(r.request.*part) : std::string();
}

}  // namespace

const std::vector<column<summary>>& summary_columns() {
    static const auto columns = make_summary_columns();
    return columns;
}

const std::vector<column<request_row>>& request_columns() {
    using R = const request_row&;
    static const auto columns = with_keys<request_row, of_request>({
        {"request", "integer", "index in the schedule, counted from 0",
         [](R r, std::size_t) { return text(r.request.request); }},
        {"class", "string", "request class of the mix",
         [](R r, std::size_t) { return r.run.classes[r.request.request_class].name; }},
        {"connection", "integer", "connection slot, counted from 0",
         [](R r, std::size_t) { return text(std::uint64_t{r.request.connection}); }},
        {"due_us", "number",
         "when the schedule says it starts, since the run's start; it and all times are empty where the run "
         "ended before",
         time_of<&exchange::due>},
        {"queue_us", "number", "from due until a connection slot was free", time_of<&exchange::queue>},
        {"connect_us", "number", "opening the connection, where a new one was needed",
         time_of<&exchange::connect>},
        {"lag_us", "number", "the generator's own delay before the first byte was sent",
         time_of<&exchange::lag>},
        {"service_us", "number", "from the first byte sent to the reply's last byte, or to the failure",
         time_of<&exchange::service>},
        {"first_byte_us", "number", "from the first byte sent to the reply's first byte",
         [](R r, std::size_t) {
             return r.request.first_byte < nanoseconds(0) ? std::string() : us(r.request.first_byte);
         }},
        {"latency_us", "number",
         "done - due: the sum of queue, connect, lag and service; a lower bound unless `ok`",
         [](R r, std::size_t) { return r.request.was_due ? us(r.request.latency()) : std::string(); }},
        {"outcome", "string", "how it ended: ok, or how it failed",
         [](R r, std::size_t) { return std::string(name_of(r.request.result)); }},
        {"status", "integer", "HTTP status; empty where none was read",
         [](R r, std::size_t) {
             return r.request.status == 0 ? std::string() : text(std::uint64_t{r.request.status});
         }},
        {"reply_bytes", "integer", "bytes of the reply read, header and body",
         [](R r, std::size_t) { return text(r.request.reply_bytes); }},
    });
    return columns;
}

const std::vector<column<latency_row>>& latency_columns() {
    using R = const latency_row&;
    static const auto columns = with_keys<latency_row, of_latency>({
        {"class", "string", "request class of the mix",
         [](R r, std::size_t) { return std::string(r.class_name); }},
        {"measure", "string", "latency (done - due) or service (done - sent)",
         [](R r, std::size_t) { return std::string(r.measure); }},
        {"lower_us", "number", "lower edge of the bucket, inclusive",
         [](R r, std::size_t) { return us(r.bucket.lower); }},
        {"upper_us", "number", "upper edge of the bucket, inclusive",
         [](R r, std::size_t) { return us(r.bucket.upper); }},
        {"requests", "integer", "requests in the bucket",
         [](R r, std::size_t) { return text(r.bucket.count); }},
        {"censored", "boolean", "1: these did not end `ok`, so their values are lower bounds",
         [](R r, std::size_t) { return text(r.censored); }},
    });
    return columns;
}

const std::vector<column<throughput_row>>& throughput_columns() {
    using R = const throughput_row&;
    static const auto seconds = [](nanoseconds value) { return static_cast<double>(value.count()) / 1e9; };
    static const auto columns = with_keys<throughput_row, of_throughput>({
        {"elapsed_ms", "number", "the interval's start, since the run's start",
         [](R r, std::size_t) { return ms(r.elapsed); }},
        {"interval_ms", "number", "the interval's length", [](R r, std::size_t) { return ms(r.width); }},
        {"started", "integer", "requests that became due in it",
         [](R r, std::size_t) { return text(r.counts.started); }},
        {"completed", "integer", "requests that ended `ok` in it",
         [](R r, std::size_t) { return text(r.counts.completed); }},
        {"failed", "integer", "requests that ended otherwise in it",
         [](R r, std::size_t) { return text(r.counts.failed); }},
        {"in_flight", "integer", "requests due and not ended at its end",
         [](R r, std::size_t) { return text(r.in_flight); }},
        {"throughput_rps", "number", "completed per second",
         [](R r, std::size_t) { return text(static_cast<double>(r.counts.completed) / seconds(r.width)); }},
        {"server_cpu_us", "number", "CPU time the server's process tree used in it",
         [](R r, std::size_t) { return r.after ? us(r.after->cpu - r.before->cpu) : std::string(); }},
        {"server_utilisation", "number", "the same over the interval's length; 1 is one core",
         [](R r, std::size_t) {
             return r.after ? text(seconds(r.after->cpu - r.before->cpu) / seconds(r.width)) : std::string();
         }},
        {"server_rss_kib", "integer", "resident memory of the tree at its end",
         [](R r, std::size_t) { return r.after ? text(r.after->rss_kib) : std::string(); }},
        {"server_threads", "integer", "threads of the tree at its end",
         [](R r, std::size_t) { return r.after ? text(r.after->threads) : std::string(); }},
        {"server_context_switches", "integer",
         "context switches seen in it; a lower bound where threads end between samples",
         [](R r, std::size_t) {
             return r.after ? text(r.after->context_switches - r.before->context_switches) : std::string();
         }},
        {"generator_cpu_us", "number", "CPU time the generator's process used in it",
         [](R r, std::size_t) {
             return r.after ? us(r.after->generator_cpu - r.before->generator_cpu) : std::string();
         }},
    });
    return columns;
}

std::string escaped(std::string_view cell) {
    if (cell.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(cell);
    std::string quoted = "\"";
    for (const char c : cell) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + '"';
}

}  // namespace loadgen
