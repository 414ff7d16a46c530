#include "loadgen/duel.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "loadgen/carry_over.hpp"
#include "loadgen/runner.hpp"

namespace loadgen {
namespace {

// Why nothing more can be learned from this server: it is gone, or answers nothing. Empty: it is there.
std::string lost_reason_of(const measurement& measured) {
    const auto& record = measured.record;
    if (record.lacked() > 0 || !measured.fault.empty()) return {};
    if (measured.server_lost_for > nanoseconds(0)) return "no connection to it could be opened any more";
    const auto replies = record.count(outcome::ok) + record.count(outcome::http_error);
    if (record.begun() == 0 || replies > 0) return {};
    std::string outcomes;
    for (std::size_t i = 0; i < outcome_count; ++i)
        if (const auto n = record.count(static_cast<outcome>(i)); n > 0)
            outcomes += fmt::format("{}{} {}", outcomes.empty() ? "" : ", ", outcome_names[i], n);
    return fmt::format(
        "it gave not one complete reply: {} (is it slower than --warm-up and --drain together?)", outcomes);
}

class duelling {
public:
    duelling(const duel_plan& asked, const run_keys& keys, interrupts& from_outside)
        : asked_(asked), keys_(keys), interrupts_(from_outside) {
        constexpr std::array<std::string_view, sides> flags{"--server-pid", "--versus-pid"};
        for (std::size_t side = 0; side < sides; ++side)
            if (const auto pid = asked.of_side[side].server_pid)
                carried_[side].sampler = std::make_unique<process_sampler>(*pid, flags[side]);
    }

    duel_result run() {
        const auto slowest = warm_up();
        result_.slice_length = slice_length(asked_.slice, slowest);
        result_.fours = fours_in(asked_.length, result_.slice_length);
        const auto orders = random_orders(result_.fours, asked_.seed);
        for (std::size_t i = 0; i < orders.size() && !has_ended(); ++i) run_four(i, orders[i]);
        sum_up();
        return std::move(result_);
    }

private:
    bool has_ended() const { return result_.was_interrupted || result_.lost_side; }

    // Empty where the server could not be loaded: the duel has then ended.
    std::optional<measurement> load(std::size_t side, nanoseconds length, std::uint64_t seed) {
        auto what = asked_.of_side[side];
        what.load.duration = length;
        what.load.seed = seed;
        what.is_slice = true;
        try {
            auto measured = loadgen::run(what, interrupts_, carried_[side]);
            fit_samples(measured);
            result_.was_interrupted = measured.was_interrupted;
            if (!measured.was_interrupted) note_lost(side, lost_reason_of(measured));
            return measured;
        } catch (const unreachable_server& fault) {
            note_lost(side, fault.what());
            return std::nullopt;
        }
    }

    void note_lost(std::size_t side, std::string reason) {
        if (reason.empty()) return;
        result_.lost_side = side;
        result_.lost_reason = std::move(reason);
    }

    // Returns the larger p50. Which side is first is up to the seed: it opens its connections first, and over
    // many duels that must favour neither.
    nanoseconds warm_up() {
        nanoseconds slowest{0};
        for (std::size_t i = 0; i < sides && asked_.warm_up > nanoseconds(0) && !has_ended(); ++i)
            if (const auto measured = load((i + asked_.seed) % sides, asked_.warm_up, asked_.seed))
                slowest = std::max(slowest, measured->record.all_classes().latency.all().quantile(0.5));
        return slowest;
    }

    // Its slices have the same requests: a seed of their own.
    void run_four(std::size_t index, four_order order) {
        std::array<slice_sum, sides> sums;
        const auto first = result_.slices.size();
        for (std::size_t position = 0; position < slices_of_four && !has_ended(); ++position) {
            const auto side = side_at(order, position);
            const auto measured = load(side, result_.slice_length, asked_.seed + index);
            if (!measured) break;
            auto keys = keys_;
            keys.variant = side_names[side];
            auto row = summarise(asked_.of_side[side], keys, std::nullopt, *measured);
            row.server_lost = result_.lost_side.has_value();
            sums[side].add(*measured, row);
            result_.slices.push_back(
                {result_.slices.size() + 1, index + 1, position + 1, order, false, std::move(row)});
        }
        const auto four = std::span(result_.slices).subspan(first);
        const bool used = is_usable(four);
        for (auto& s : four) s.used = used;
        if (used) ++result_.fours_used;
        for (std::size_t side = 0; side < sides; ++side) (used ? used_ : unused_)[side].add(sums[side]);
    }

    void sum_up() {
        const auto reasons = reasons_of_block();
        for (std::size_t side = 0; side < sides; ++side) {
            auto keys = keys_;
            keys.variant = side_names[side];
            result_.measured[side] = result_.fours_used > 0 ? used_[side] : unused_[side];
            auto& row = result_.of_side[side];
            row = result_.measured[side].summarised(sliced(side), keys);
            row.server_lost = result_.lost_side == side;
            row.was_interrupted = result_.was_interrupted;
            row.reasons = reasons;
            row.verdict = reasons.empty() ? "valid" : "invalid";
        }
    }

    // Of both sides, since they are used together. Empty: valid.
    std::string reasons_of_block() const {
        std::string text;
        if (2 * result_.fours_used < result_.fours || result_.fours_used == 0) {
            std::vector<std::string> reasons;
            for (const auto& s : result_.slices) reasons.push_back(s.run.reasons);
            const auto most = most_frequent_reason(reasons);
            text = fmt::format("{} of {} fours were used{}{}", result_.fours_used, result_.fours,
                               most.empty() ? "" : "; ", most);
        }
        if (result_.was_interrupted) text += text.empty() ? "interrupted" : "; interrupted";
        return text;
    }

    plan sliced(std::size_t side) const {
        auto what = asked_.of_side[side];
        what.load.duration = result_.slice_length;
        what.is_slice = true;
        return what;
    }

    const duel_plan& asked_;
    const run_keys& keys_;
    interrupts& interrupts_;
    std::array<carry_over, sides> carried_;
    std::array<slice_sum, sides> used_, unused_;
    duel_result result_;
};

}  // namespace

bool is_usable(std::span<const slice> four) {
    return four.size() == slices_of_four &&
           std::ranges::all_of(four, [](const slice& s) { return s.run.verdict == "valid"; });
}

duel_result run_duel(const duel_plan& asked, const run_keys& keys, interrupts& from_outside) {
    return duelling(asked, keys, from_outside).run();
}

int exit_code_of(const duel_result& duel, bool strict) {
    if (duel.was_interrupted) return 130;
    const auto has_no_ok = [](const summary& side) { return side.outcomes[index_of(outcome::ok)] == 0; };
    if (duel.lost_side || std::ranges::any_of(duel.of_side, has_no_ok)) return 4;
    const auto is_invalid = [](const summary& side) { return side.verdict != "valid"; };
    return strict && std::ranges::any_of(duel.of_side, is_invalid) ? 3 : 0;
}

}  // namespace loadgen
