#include "loadgen/fleet/part.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>

#include "loadgen/fleet/tally.hpp"
#include "loadgen/verdict.hpp"

namespace loadgen {
namespace {

// The first word of a file: who wrote it, and the version of what follows.
constexpr std::int64_t magic = 0x3130'5452'4150'5653;  // "SVPART01"

template <class Fields>
void fields_of(part_of_run& of, Fields& fields) {
    fields(of.run, of.command, of.hosts, of.classes);
}

template <class Fields>
void sample_fields(measurement& m, Fields& fields) {
    auto started_at = m.started_at.time_since_epoch();
    fields(m.samples, m.server_rss_peak_kib, started_at);
    m.started_at = std::chrono::system_clock::time_point(started_at);
}

}  // namespace

rank_facts facts_of(const plan& asked, const std::string& host, const measurement& measured) {
    const auto& record = measured.record;
    const auto judged = judge(asked, measured);
    rank_facts f;
    f.rank = asked.rank;
    f.host = host;
    f.requests = record.requests();
    f.ok = record.count(outcome::ok);
    f.length = measured.length;
    f.last_ended = measured.last_ended;
    f.generator_cpu = measured.generator_cpu;
    f.server_lost_for = measured.server_lost_for;
    f.used = measured.generator_utilisation;
    f.lost_mean = measured.lost_mean;
    f.lost_most = measured.lost_most;
    f.stolen = measured.stolen;
    f.was_interrupted = measured.was_interrupted;
    f.gave_up = measured.gave_up;
    f.fault = measured.fault;
    f.reasons = judged.reasons;
    f.client_bound = judged.client_bound;
    f.generator_bound = judged.generator_bound;
    f.saturated = judged.saturated;
    f.has_begun = record.begun() > 0;
    if (f.has_begun) f.first_sent_late = record.first_begun() - record.first_due();
    f.started = measured.started.time_since_epoch();
    f.last_slot = record.last_slot();
    f.last_slot_generator = record.last_parts().generator;
    f.last_slot_connect = record.last_parts().connect;
    return f;
}

words samples_of(const measurement& measured) {
    word_writer to;
    sample_fields(const_cast<measurement&>(measured), to);
    return to.take();
}

void put_samples(const words& samples, measurement& to) {
    word_reader from(samples);
    sample_fields(to, from);
}

std::filesystem::path path_of_part(const std::filesystem::path& folder, unsigned rank) {
    return folder / "parts" / fmt::format("rank-{}.words", rank);
}

std::string bytes_of(part one) {
    auto& record = one.measured.record;
    word_writer to;
    to(magic);
    fields_of(one.of, to);
    const auto [sums, most] = tally_of(record);
    to(one.measured.ranks, samples_of(one.measured), shape_of(record), sums, most, words_of(record.rows()));
    const auto all = to.take();
    return {reinterpret_cast<const char*>(all.data()), all.size() * sizeof(all.front())};
}

part part_in(const std::string& bytes) {
    words all(bytes.size() / sizeof(std::int64_t));
    std::memcpy(all.data(), bytes.data(), all.size() * sizeof(std::int64_t));
    if (all.empty() || all.front() != magic)
        throw std::runtime_error("is not a part of a run of this program");
    word_reader from(std::span<const std::int64_t>(all).subspan(1));
    part_of_run of;
    fields_of(of, from);
    if (of.classes < 1 || of.classes > most_classes) throw std::runtime_error("is of another build");
    part one{of, {.record = recorder(of.classes, 0, nanoseconds::max())}};
    words samples, shape, rows;
    tally numbers;
    from(one.measured.ranks, samples, shape, numbers.sums, numbers.most, rows);
    if (!from.is_at_end() || one.measured.ranks.size() != 1) throw std::runtime_error("is of another build");
    const auto& facts = one.measured.ranks.front();
    if (facts.rank >= of.hosts.size()) throw std::runtime_error("is of a rank that its run has not");
    put_samples(samples, one.measured);
    auto& record = one.measured.record;
    fit(record, shape);
    put_back(numbers, record);
    record.slot_reached(facts.last_slot, {facts.last_slot_generator, facts.last_slot_connect});
    record.take_rows(rows_of(rows));
    return one;
}

namespace {

// What of a rank's measurement is in its facts, added to those of the ranks before.
void add(measurement& to, const rank_facts& f) {
    to.record.slot_reached(f.last_slot, {f.last_slot_generator, f.last_slot_connect});
    to.length = std::max(to.length, f.length);
    to.last_ended = std::max(to.last_ended, f.last_ended);
    to.generator_cpu += f.generator_cpu;
    to.generator_utilisation = std::max(to.generator_utilisation, f.used, [](const auto& a, const auto& b) {
        return a.running + a.waiting + a.absent < b.running + b.waiting + b.absent;
    });
    to.lost_mean += f.lost_mean;
    to.lost_most = std::max(to.lost_most, f.lost_most);
    to.stolen = std::max(to.stolen, f.stolen);
    to.was_interrupted = to.was_interrupted || f.was_interrupted;
    to.gave_up = to.gave_up || f.gave_up;
    to.server_lost_for = std::max(to.server_lost_for, f.server_lost_for);
    if (to.fault.empty() && !f.fault.empty()) to.fault = f.name() + ": " + f.fault;
}

}  // namespace

measurement joined(recorder record, std::vector<rank_facts> ranks, const std::vector<words>& samples) {
    measurement whole{.record = std::move(record)};
    // One rank at most has looked at the server. The time of the start is that of the first.
    for (auto one = samples.rbegin(); one != samples.rend(); ++one) {
        measurement looked{.record = recorder(1, 0, nanoseconds::max())};
        put_samples(*one, looked);
        whole.started_at = looked.started_at;
        if (looked.samples.empty()) continue;
        whole.samples = std::move(looked.samples);
        whole.server_rss_peak_kib = looked.server_rss_peak_kib;
    }
    const auto there = std::count_if(ranks.begin(), ranks.end(), [](const auto& f) { return !f.is_lost; });
    for (const auto& f : ranks)
        if (!f.is_lost) add(whole, f);
    whole.lost_mean /= static_cast<double>(std::max<std::ptrdiff_t>(there, 1));
    whole.ranks = std::move(ranks);
    return whole;
}

plan whole_of(plan asked) {
    asked.threads = asked.all_threads();
    asked.rank = 0;
    asked.ranks = 1;
    return asked;
}

}  // namespace loadgen
