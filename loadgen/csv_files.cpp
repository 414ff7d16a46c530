#include "loadgen/csv_files.hpp"

#include <algorithm>

#include "loadgen/class_columns.hpp"
#include "loadgen/rank_columns.hpp"
#include "loadgen/row_columns.hpp"
#include "loadgen/slice_columns.hpp"
#include "loadgen/summary_columns.hpp"

namespace loadgen {

std::string summary_text(std::span<const written_run> runs) {
    auto text = header_of(summary_columns());
    for (const auto& one : runs) append_row(text, summary_columns(), one.run);
    return text;
}

std::string classes_text(std::span<const written_run> runs) {
    auto text = header_of(class_columns());
    for (const auto& one : runs)
        for (const auto& c : one.run.classes) append_row(text, class_columns(), {one.run, c});
    return text;
}

std::string requests_text(const written_run& one) {
    auto text = header_of(request_columns());
    auto rows = one.record->rows();
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.request < b.request; });
    for (const auto& row : rows) append_row(text, request_columns(), {one.run, row});
    return text;
}

namespace {

void append_latencies(std::string& text, const written_run& one) {
    for (std::size_t i = 0; i < one.run.classes.size(); ++i) {
        const auto& recorded = one.record->classes()[i];
        const auto add = [&](std::string_view measure, const histogram& values, bool censored) {
            for (const auto& bucket : values.buckets())
                append_row(text, latency_columns(),
                           {one.run, one.run.classes[i].name, measure, bucket, censored});
        };
        add("latency", recorded.latency.exact, false);
        add("latency", recorded.latency.lower_bounds, true);
        add("service", recorded.service.exact, false);
        add("service", recorded.service.lower_bounds, true);
    }
}

}  // namespace

std::string latency_text(std::span<const written_run> runs) {
    auto text = header_of(latency_columns());
    for (const auto& one : runs)
        if (one.record != nullptr) append_latencies(text, one);
    return text;
}

std::string ranks_csv_text(const summary& run) {
    auto text = header_of(rank_columns());
    for (const auto& facts : run.ranks) append_row(text, rank_columns(), {run, facts});
    return text;
}

std::string slices_text(const std::vector<slice>& slices) {
    auto text = header_of(slice_columns());
    for (const auto& one : slices) append_row(text, slice_columns(), one);
    return text;
}

namespace {

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

}  // namespace

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

}  // namespace loadgen
