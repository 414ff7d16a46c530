#include "loadgen/datapackage.hpp"

#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "loadgen/class_columns.hpp"
#include "loadgen/rank_columns.hpp"
#include "loadgen/row_columns.hpp"
#include "loadgen/shared_columns.hpp"
#include "loadgen/slice_columns.hpp"
#include "loadgen/summary_columns.hpp"

namespace loadgen {
namespace {

// By the end of a column's name; the first that fits. A share of a whole or of a core, and a ratio, have the
// unit 1. What only counts has none.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> units{
    {{"_us_per_request", "us/request"},
     {"_us", "us"},
     {"_ms", "ms"},
     {"_s", "s"},
     {"_rps", "requests/s"},
     {"_kib", "KiB"},
     {"_bytes", "B"},
     {"_ppm", "1e-6"},
     {"_utilisation", "1"},
     {"_share", "1"}}};

std::string_view unit_of(std::string_view name) {
    for (const auto& [end, unit] : units)
        if (name.ends_with(end)) return unit;
    return name.find("_over_") == std::string_view::npos ? "" : "1";
}

template <class Row>
boost::json::object field_of(const column<Row>& c) {
    boost::json::object field{{"name", c.name}, {"type", c.type}, {"description", c.meaning}};
    if (const auto unit = unit_of(c.name); !unit.empty()) field["unit"] = unit;
    if (c.type == "boolean") {
        field["trueValues"] = boost::json::array{"1"};
        field["falseValues"] = boost::json::array{"0"};
    }
    return field;
}

// `own_keys`: what tells rows of one run apart.
template <class Row>
boost::json::object resource(std::string_view name, std::string_view rows,
                             const std::vector<column<Row>>& columns,
                             std::initializer_list<std::string_view> own_keys) {
    boost::json::array fields, keys(key_names.begin(), key_names.end());
    for (const auto& c : columns) fields.push_back(field_of(c));
    for (const auto key : own_keys) keys.emplace_back(key);
    return {{"name", name},
            {"path", std::string(name) + ".csv"},
            {"profile", "tabular-data-resource"},
            {"description", rows},
            {"format", "csv"},
            {"mediatype", "text/csv"},
            {"encoding", "utf-8"},
            {"dialect",
             {{"delimiter", ","},
              {"lineTerminator", "\r\n"},
              {"quoteChar", "\""},
              {"doubleQuote", true},
              {"header", true}}},
            {"schema",
             {{"fields", std::move(fields)},
              {"missingValues", boost::json::array{""}},
              {"primaryKey", std::move(keys)}}}};
}

}  // namespace

std::string datapackage_json() {
    const boost::json::object package{
        {"name", "sync-vs-async-recording"},
        {"profile", "tabular-data-package"},
        {"description",
         "runs of load generators against servers: one variant, client, workload and repetition each"},
        {"resources",
         {resource("summary", "a row per run", summary_columns(), {}),
          resource("classes", "a row per run and class of request", class_columns(), {"class"}),
          resource("requests", "a row per request, of each run as many as --rows-cap", request_columns(),
                   {"request"}),
          resource("latency", "a row per bucket of a histogram that holds a request", latency_columns(),
                   {"class", "measure", "lower_us", "censored"}),
          resource("throughput", "a row per run and interval of time", throughput_columns(), {"elapsed_ms"}),
          resource("ranks", "a row per rank of a run that several generators made together (loadgen-mpi)",
                   rank_columns(), {"rank"}),
          resource("slices",
                   "a row per slice of a duel (--versus), in which two servers are loaded in turn; the runs "
                   "of summary.csv are made of those that were used",
                   slice_columns(), {"slice"})}}};
    return boost::json::serialize(package);
}

}  // namespace loadgen
