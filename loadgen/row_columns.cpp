#include "loadgen/row_columns.hpp"

#include "loadgen/shared_columns.hpp"

namespace loadgen {
namespace {

// Empty where the request never became due.
template <nanoseconds exchange::*part>
std::string time_of(const request_row& r, std::size_t) {
    return r.request.was_due ? cell_us(r.request.*part) : std::string();
}

std::string_view done_by(const exchange& request) {
    if (request.result != outcome::ok && request.result != outcome::http_error) return "";
    return request.by_kernel ? "kernel" : "read";
}

template <class Row>
std::vector<column<Row>> with_keys(std::vector<column<Row>> rest) {
    auto list = key_columns<Row>();
    append(list, std::move(rest));
    return list;
}

}  // namespace

const std::vector<column<request_row>>& request_columns() {
    using R = const request_row&;
    static const auto columns = with_keys<request_row>({
        {"request", "integer", "index in the schedule, counted from 0",
         [](R r, std::size_t) { return cell(r.request.request); }},
        {"class", "string", "request class of the mix",
         [](R r, std::size_t) { return r.run.classes[r.request.request_class].name; }},
        {"connection", "integer", "connection slot, counted from 0",
         [](R r, std::size_t) { return cell(std::uint64_t{r.request.connection}); }},
        {"rank", "integer", "generator of a fleet that sent it, counted from 0; empty of a single one",
         [](R r, std::size_t) {
             return r.run.ranks.empty() ? std::string() : cell(r.request.request % r.run.ranks.size());
         }},
        {"due_us", "number",
         "when the schedule says it starts, since the run's start; it and all times are empty where the run "
         "ended before",
         time_of<&exchange::due>},
        {"queue_us", "number", "from due until a connection slot was free", time_of<&exchange::queue>},
        {"retries", "integer", "how often it was asked again after --timeout",
         [](R r, std::size_t) { return cell(std::uint64_t{r.request.retries}); }},
        {"earlier_us", "number",
         "the tries that were given up: the other parts but queue and lag are of the last",
         time_of<&exchange::earlier>},
        {"connect_us", "number", "opening the connection, where a new one was needed",
         time_of<&exchange::connect>},
        {"tls_us", "number", "its handshake, where it has TLS", time_of<&exchange::tls>},
        {"lag_us", "number", "the generator's own delay before the first byte was on the wire",
         time_of<&exchange::lag>},
        {"service_us", "number",
         "from the first byte on the wire until the kernel had the reply's last byte, or to the failure",
         time_of<&exchange::service>},
        {"read_us", "number", "from then until the generator had it: in no latency",
         time_of<&exchange::read>},
        {"done_by", "string", "kernel: done by its stamp; read: when it was read; empty without a reply",
         [](R r, std::size_t) { return std::string(done_by(r.request)); }},
        {"first_byte_us", "number",
         "from the first byte sent to the reply's first byte, at most: bytes that are read together have one "
         "stamp, the last one's",
         [](R r, std::size_t) {
             return r.request.first_byte < nanoseconds(0) ? std::string() : cell_us(r.request.first_byte);
         }},
        {"latency_us", "number",
         "done - due: the sum of queue, earlier, connect, tls, lag and service; a lower bound unless `ok`",
         [](R r, std::size_t) { return r.request.was_due ? cell_us(r.request.latency()) : std::string(); }},
        {"outcome", "string", "how it ended: ok, or how it failed",
         [](R r, std::size_t) { return std::string(name_of(r.request.result)); }},
        {"status", "integer", "HTTP status; empty where none was read",
         [](R r, std::size_t) {
             return r.request.status == 0 ? std::string() : cell(std::uint64_t{r.request.status});
         }},
        {"reply_bytes", "integer", "bytes of the reply read, header and body",
         [](R r, std::size_t) { return cell(r.request.reply_bytes); }},
    });
    return columns;
}

const std::vector<column<latency_row>>& latency_columns() {
    using R = const latency_row&;
    static const auto columns = with_keys<latency_row>({
        {"class", "string", "request class of the mix",
         [](R r, std::size_t) { return std::string(r.class_name); }},
        {"measure", "string", "latency (done - due) or service (done - sent)",
         [](R r, std::size_t) { return std::string(r.measure); }},
        {"lower_us", "number", "lower edge of the bucket, inclusive",
         [](R r, std::size_t) { return cell_us(r.bucket.lower); }},
        {"upper_us", "number", "upper edge of the bucket, inclusive",
         [](R r, std::size_t) { return cell_us(r.bucket.upper); }},
        {"requests", "integer", "requests in the bucket",
         [](R r, std::size_t) { return cell(r.bucket.count); }},
        {"censored", "boolean", "1: these did not end `ok`, so their values are lower bounds",
         [](R r, std::size_t) { return cell(r.censored); }},
    });
    return columns;
}

const std::vector<column<throughput_row>>& throughput_columns() {
    using R = const throughput_row&;
    static const auto seconds = [](nanoseconds value) { return static_cast<double>(value.count()) / 1e9; };
    static const auto columns = with_keys<throughput_row>({
        {"elapsed_ms", "number", "the interval's start, since the run's start",
         [](R r, std::size_t) { return cell_ms(r.elapsed); }},
        {"interval_ms", "number", "the interval's length", [](R r, std::size_t) { return cell_ms(r.width); }},
        {"started", "integer", "requests that became due in it",
         [](R r, std::size_t) { return cell(r.counts.started); }},
        {"completed", "integer", "requests that ended `ok` in it",
         [](R r, std::size_t) { return cell(r.counts.completed); }},
        {"failed", "integer", "requests that ended otherwise in it",
         [](R r, std::size_t) { return cell(r.counts.failed); }},
        {"in_flight", "integer", "requests due and not ended at its end",
         [](R r, std::size_t) { return cell(r.in_flight); }},
        {"offered_rps", "number", "what an open loop offered in it, per second",
         [](R r, std::size_t) {
             if (!r.run.offered) return std::string();
             const auto until = r.run.offered->due_by(r.elapsed + r.width);
             return cell((until - r.run.offered->due_by(r.elapsed)) / seconds(r.width));
         }},
        {"throughput_rps", "number", "completed per second",
         [](R r, std::size_t) { return cell(static_cast<double>(r.counts.completed) / seconds(r.width)); }},
        {"server_cpu_us", "number", "CPU time the server's process tree used in it",
         [](R r, std::size_t) { return r.after ? cell_us(r.after->cpu - r.before->cpu) : std::string(); }},
        {"server_utilisation", "number", "the same over the interval's length; 1 is one core",
         [](R r, std::size_t) {
             return r.after ? cell(seconds(r.after->cpu - r.before->cpu) / seconds(r.width)) : std::string();
         }},
        {"server_rss_kib", "integer", "resident memory of the tree at its end",
         [](R r, std::size_t) { return r.after ? cell(r.after->rss_kib) : std::string(); }},
        {"server_threads", "integer", "threads of the tree at its end",
         [](R r, std::size_t) { return r.after ? cell(r.after->threads) : std::string(); }},
        {"server_context_switches", "integer",
         "context switches seen in it; a lower bound where threads end between samples",
         [](R r, std::size_t) {
             return r.after ? cell(r.after->context_switches - r.before->context_switches) : std::string();
         }},
        {"generator_cpu_us", "number", "CPU time the generator's process used in it",
         [](R r, std::size_t) {
             return r.after ? cell_us(r.after->generator_cpu - r.before->generator_cpu) : std::string();
         }},
    });
    return columns;
}

}  // namespace loadgen
