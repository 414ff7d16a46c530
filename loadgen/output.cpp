#include "loadgen/output.hpp"

#include <array>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <system_error>

#include <fmt/core.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "loadgen/class_columns.hpp"
#include "loadgen/csv_files.hpp"
#include "loadgen/hdr_text.hpp"
#include "loadgen/pending_files.hpp"
#include "loadgen/rank_columns.hpp"
#include "loadgen/shared_columns.hpp"
#include "loadgen/summary_columns.hpp"

namespace loadgen {
namespace {

void create_folder(const std::filesystem::path& folder) {
    std::error_code fault;
    std::filesystem::create_directories(folder, fault);
    if (fault)
        throw std::runtime_error(
            fmt::format("--output {}: cannot create the folder: {}", folder.string(), fault.message()));
}

}  // namespace

void check_writable(const std::filesystem::path& folder, const std::filesystem::path& hdr) {
    pending_files probe;
    if (!folder.empty()) create_folder(folder);
    if (!folder.empty()) probe.write("--output", folder / "summary.csv", " ");
    if (!hdr.empty()) probe.write("--hdr", hdr, " ");
}

void write_files(const std::filesystem::path& folder, const std::filesystem::path& hdr, const summary& run,
                 const measurement& measured) {
    pending_files files;
    if (!folder.empty()) {
        create_folder(folder);
        const std::array runs{written_run{run, &measured.record}};
        files.write("--output", folder / "classes.csv", classes_text(runs));
        files.write("--output", folder / "requests.csv", requests_text(runs.front()));
        files.write("--output", folder / "latency.csv", latency_text(runs));
        files.write("--output", folder / "throughput.csv", throughput_text(run, measured));
        if (!run.ranks.empty()) files.write("--output", folder / "ranks.csv", ranks_csv_text(run));
        files.write("--output", folder / "summary.csv", summary_text(runs));
    }
    if (!hdr.empty()) files.write("--hdr", hdr, hdr_text(measured.record.all_classes().latency.all()));
    files.keep();
}

void write_files(const std::filesystem::path& folder, const duel_result& duel) {
    if (folder.empty()) return;
    pending_files files;
    create_folder(folder);
    const std::array runs{written_run{duel.of_side[0], duel.measured[0].record()},
                          written_run{duel.of_side[1], duel.measured[1].record()}};
    files.write("--output", folder / "classes.csv", classes_text(runs));
    files.write("--output", folder / "latency.csv", latency_text(runs));
    files.write("--output", folder / "slices.csv", slices_text(duel.slices));
    files.write("--output", folder / "summary.csv", summary_text(runs));
    files.keep();
}

namespace {

template <class Row>
std::string json_object(std::span<const column<Row>> columns, const Row& row, const std::string& more) {
    const auto quoted = [](const std::string& text) {
        return boost::json::serialize(boost::json::value(text));
    };
    std::string text = "{";
    for (const auto& c : columns) {
        const auto cell = c.cell(row);
        auto value = cell;
        if (c.type == "string" || c.type == "datetime") value = quoted(cell);
        if (c.type == "boolean") value = cell == "1" ? "true" : "false";
        if (cell.empty()) value = "null";
        // null would be smaller than any limit that a script holds it against (jq: null < 1): text is not.
        if (cell.empty() && c.lower_bound != nullptr && !c.lower_bound(row, c.argument).empty())
            value = quoted("at least " + c.lower_bound(row, c.argument));
        text += fmt::format("{}\"{}\":{}", text.size() > 1 ? "," : "", c.name, value);
    }
    return text + more + "}";
}

}  // namespace

std::string json_of(const summary& run) {
    std::string classes;
    const auto without_keys = std::span(class_columns()).subspan(key_names.size());
    for (const auto& c : run.classes)
        classes += (classes.empty() ? "" : ",") + json_object<class_row>(without_keys, {run, c}, "");
    std::string ranks;
    const auto of_rank = std::span(rank_columns()).subspan(key_names.size());
    for (const auto& facts : run.ranks)
        ranks += (ranks.empty() ? "" : ",") + json_object<rank_row>(of_rank, {run, facts}, "");
    const auto with_ranks = ranks.empty() ? "" : ",\"ranks\":[" + ranks + "]";
    return json_object<summary>(summary_columns(), run, ",\"classes\":[" + classes + "]" + with_ranks);
}

std::string json_of(const duel_result& duel) {
    return fmt::format("{{\"sides\":[{},{}]}}", json_of(duel.of_side[0]), json_of(duel.of_side[1]));
}

}  // namespace loadgen
