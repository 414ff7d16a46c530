// Columns that several files have: the keys that every row begins with, and the figures that there are of a
// run and of each of its classes.
#pragma once

#include <array>

#include <fmt/core.h>

#include "loadgen/csv.hpp"
#include "loadgen/summary.hpp"

namespace loadgen {

// Which run a row belongs to.
inline constexpr std::array<std::string_view, 6> key_names{"recording", "suite",    "variant",
                                                           "client",    "workload", "repetition"};

inline const summary& run_of(const summary& run) {
    return run;
}
template <class Row>
const summary& run_of(const Row& row) {
    return row.run;
}

// The figures that a row has.
inline const figures& figures_of(const summary& run) {
    return run;
}

template <class Row>
std::vector<column<Row>> key_columns() {
    using R = const Row&;
    return {
        {std::string(key_names[0]), "string", "the invocation of the bench that this run belongs to",
         [](R r, std::size_t) { return run_of(r).keys.recording; }},
        {std::string(key_names[1]), "string", "the suite that the bench ran",
         [](R r, std::size_t) { return run_of(r).keys.suite; }},
        {std::string(key_names[2]), "string", "the server under test",
         [](R r, std::size_t) { return run_of(r).keys.variant; }},
        {std::string(key_names[3]), "string", "the load generator",
         [](R r, std::size_t) { return run_of(r).keys.client; }},
        {std::string(key_names[4]), "string", "what was asked of the server",
         [](R r, std::size_t) { return run_of(r).keys.workload; }},
        {std::string(key_names[5]), "integer", "counted from 1",
         [](R r, std::size_t) { return cell(run_of(r).keys.repetition); }},
    };
}

template <class Row>
void add_outcomes(std::vector<column<Row>>& columns) {
    constexpr std::array<std::string_view, outcome_count> meanings{
        "requests that got a complete reply as it should be: of status 2xx, unless --expect-status says "
        "otherwise",
        "requests that got a complete reply of another status, or without what --expect-body names",
        "requests for which no connection could be opened",
        "requests still without a complete reply when --timeout had passed since they were due",
        "requests whose connection ended before the reply's first byte",
        "requests whose connection ended inside the reply",
        "requests whose reply was not HTTP, or was followed by bytes that nobody asked for",
        "requests still open, or never sent, when the run ended"};
    for (std::size_t i = 0; i < outcome_count; ++i)
        columns.push_back(
            {std::string(outcome_names[i]), "integer", std::string(meanings[i]),
             [](const Row& r, std::size_t which) { return cell(figures_of(r).outcomes[which]); }, i});
}

// Each statistic has two columns, of which at most one is filled.
template <class Row>
void add_latency(std::vector<column<Row>>& columns) {
    using R = const Row&;
    static constexpr std::array<statistic figures::*, 7> members{
        &figures::mean, &figures::p50,   &figures::p90, &figures::p95,
        &figures::p99,  &figures::p99_9, &figures::max};
    constexpr std::array<std::string_view, 7> names{"mean", "p50", "p90", "p95", "p99", "p99_9", "max"};
    constexpr auto at_least = [](R r, std::size_t which) {
        return cell((figures_of(r).*members[which]).at_least_us);
    };
    for (std::size_t i = 0; i < names.size(); ++i)
        columns.push_back(
            {fmt::format("latency_{}_us", names[i]), "number",
             fmt::format("{} of latency (done - due) over all requests; quantiles by nearest rank", names[i]),
             [](R r, std::size_t which) { return cell((figures_of(r).*members[which]).exact_us); }, i,
             at_least});
    for (std::size_t i = 0; i < names.size(); ++i)
        columns.push_back(
            {fmt::format("latency_{}_at_least_us", names[i]), "number",
             fmt::format("a lower bound of the {}, where failed requests leave no more to say", names[i]),
             at_least, i});
}

template <class Row>
void add_service(std::vector<column<Row>>& columns) {
    using R = const Row&;
    constexpr std::array<std::string_view, 3> quantiles{"p50", "p99", "p99_9"};
    for (std::size_t i = 0; i < quantiles.size(); ++i)
        columns.push_back(
            {fmt::format("service_{}_us", quantiles[i]), "number",
             fmt::format(
                 "{} of the service part of latency: from the first byte on the wire until the kernel "
                 "had the reply's last byte, failed requests as far as they came",
                 quantiles[i]),
             [](R r, std::size_t which) { return cell(figures_of(r).service_us[which]); }, i});
    append<Row>(columns, {{"service_mean_us", "number", "mean of the service part",
                           [](R r, std::size_t) { return cell(figures_of(r).service_mean_us); }}});
}

}  // namespace loadgen
