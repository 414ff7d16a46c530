#include "loadgen/output.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <span>
#include <stdexcept>
#include <system_error>

#include <fmt/core.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "loadgen/class_columns.hpp"
#include "loadgen/hdr_text.hpp"
#include "loadgen/row_columns.hpp"
#include "loadgen/shared_columns.hpp"
#include "loadgen/summary_columns.hpp"

namespace loadgen {
namespace {

// Files that appear together or not at all: each is written under a temporary name, then all are renamed.
// What is left unrenamed is removed.
class pending_files {
public:
    pending_files() = default;
    pending_files(const pending_files&) = delete;
    pending_files& operator=(const pending_files&) = delete;
    ~pending_files() {
        std::error_code ignored;
        for (const auto& path : paths_) std::filesystem::remove(temporary(path), ignored);
    }

    void write(std::string_view flag, const std::filesystem::path& path, const std::string& text) {
        paths_.push_back(path);
        std::ofstream file(temporary(path), std::ios::binary);
        file << text;
        file.close();
        if (!file)
            throw std::runtime_error(fmt::format(
                "{}: cannot write {}: {}: is the folder there and writable, and the disk not full?", flag,
                temporary(path).string(), std::generic_category().message(errno)));
    }

    void keep() {
        for (const auto& path : paths_) std::filesystem::rename(temporary(path), path);
        paths_.clear();
    }

private:
    static std::filesystem::path temporary(std::filesystem::path path) { return path += ".part"; }

    std::vector<std::filesystem::path> paths_;
};

void create_folder(const std::filesystem::path& folder) {
    std::error_code fault;
    std::filesystem::create_directories(folder, fault);
    if (fault)
        throw std::runtime_error(
            fmt::format("--output {}: cannot create the folder: {}", folder.string(), fault.message()));
}

std::string summary_text(const summary& run) {
    auto text = header_of(summary_columns());
    append_row(text, summary_columns(), run);
    return text;
}

std::string classes_text(const summary& run) {
    auto text = header_of(class_columns());
    for (const auto& c : run.classes) append_row(text, class_columns(), {run, c});
    return text;
}

std::string requests_text(const summary& run, const recorder& record) {
    auto text = header_of(request_columns());
    auto rows = record.rows();
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.request < b.request; });
    for (const auto& row : rows) append_row(text, request_columns(), {run, row});
    return text;
}

std::string latency_text(const summary& run, const recorder& record) {
    auto text = header_of(latency_columns());
    const auto add = [&](const std::string& name, std::string_view measure, const histogram& values,
                         bool censored) {
        for (const auto& bucket : values.buckets())
            append_row(text, latency_columns(), {run, name, measure, bucket, censored});
    };
    for (std::size_t i = 0; i < run.classes.size(); ++i) {
        const auto& of = record.classes()[i];
        add(run.classes[i].name, "latency", of.latency.exact, false);
        add(run.classes[i].name, "latency", of.latency.lower_bounds, true);
        add(run.classes[i].name, "service", of.service.exact, false);
        add(run.classes[i].name, "service", of.service.lower_bounds, true);
    }
    return text;
}

// The samples are not taken exactly at the intervals' edges: counters that grow steadily are interpolated,
// states are those of the last sample before the edge.
process_sample sample_at(const std::vector<process_sample>& samples, nanoseconds at) {
    const auto after =
        std::lower_bound(samples.begin(), samples.end(), at,
                         [](const process_sample& s, nanoseconds time) { return s.at < time; });
    if (after == samples.begin()) return samples.front();
    const auto& before = *std::prev(after);
    auto result = before;
    if (after == samples.end()) return result;
    const auto part =
        static_cast<double>((at - before.at).count()) / static_cast<double>((after->at - before.at).count());
    const auto between = [part](nanoseconds a, nanoseconds b) {
        return a + std::chrono::duration_cast<nanoseconds>((b - a) * part);
    };
    result.cpu = between(before.cpu, after->cpu);
    result.generator_cpu = between(before.generator_cpu, after->generator_cpu);
    return result;
}

std::string throughput_text(const summary& run, const measurement& measured) {
    auto text = header_of(throughput_columns());
    const auto& line = measured.record.timeline();
    std::uint64_t in_flight = 0;
    process_sample before, after;
    const bool sampled = !measured.samples.empty();
    if (sampled) before = sample_at(measured.samples, nanoseconds(0));
    for (std::size_t i = 0; i < line.intervals().size(); ++i) {
        const auto& counts = line.intervals()[i];
        const auto elapsed = line.width() * static_cast<nanoseconds::rep>(i);
        in_flight += counts.started;
        in_flight -= std::min(in_flight, counts.completed + counts.failed);
        if (sampled) after = sample_at(measured.samples, elapsed + line.width());
        append_row(text, throughput_columns(),
                   {run, elapsed, line.width(), counts, in_flight, sampled ? &before : nullptr,
                    sampled ? &after : nullptr});
        before = after;
    }
    return text;
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
        files.write("--output", folder / "classes.csv", classes_text(run));
        files.write("--output", folder / "requests.csv", requests_text(run, measured.record));
        files.write("--output", folder / "latency.csv", latency_text(run, measured.record));
        files.write("--output", folder / "throughput.csv", throughput_text(run, measured));
        files.write("--output", folder / "summary.csv", summary_text(run));
    }
    if (!hdr.empty()) files.write("--hdr", hdr, hdr_text(measured.record.all_classes().latency.all()));
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
    return json_object<summary>(summary_columns(), run, ",\"classes\":[" + classes + "]");
}

}  // namespace loadgen
