#include "loadgen/fleet/part_files.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "loadgen/pending_files.hpp"

namespace loadgen {

void check_writable_part(const std::filesystem::path& folder, unsigned rank) {
    const auto path = path_of_part(folder, rank);
    std::error_code fault;
    std::filesystem::create_directories(path.parent_path(), fault);
    if (fault)
        throw std::runtime_error(fmt::format("--output {}: cannot create the folder: {}",
                                             path.parent_path().string(), fault.message()));
    std::filesystem::remove(path, fault);
    pending_files().write("--output", path, " ");
}

void write_part(const std::filesystem::path& folder, const part& one) {
    pending_files files;
    files.write("--output", path_of_part(folder, one.measured.ranks.front().rank), bytes_of(one));
    files.keep();
}

void remove_part(const std::filesystem::path& folder, unsigned rank) {
    std::error_code ignored;
    std::filesystem::remove(path_of_part(folder, rank), ignored);
    std::filesystem::remove(path_of_part(folder, rank).parent_path(), ignored);  // by the last of them
}

namespace {

std::vector<std::filesystem::path> parts_in(const std::filesystem::path& folder) {
    const auto inner = folder / "parts";
    std::error_code fault;
    const auto& where = std::filesystem::is_directory(inner, fault) ? inner : folder;
    std::vector<std::filesystem::path> paths;
    for (std::filesystem::directory_iterator entry(where, fault), end; !fault && entry != end;
         entry.increment(fault))
        if (entry->path().extension() == ".words") paths.push_back(entry->path());
    if (fault) throw std::runtime_error(fmt::format("--merge {}: {}", folder.string(), fault.message()));
    if (paths.empty())
        throw std::runtime_error(
            fmt::format("--merge {}: there are no parts (rank-0.words ...) in it", folder.string()));
    return paths;
}

part read_part(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    try {
        if (!file) throw std::runtime_error("cannot be read");
        return part_in(bytes);
    } catch (const std::runtime_error& fault) {
        throw std::runtime_error(fmt::format("--merge: {} {}", path.string(), fault.what()));
    }
}

}  // namespace

merged_parts merge_parts(const std::filesystem::path& folder) {
    std::optional<merged_parts> sum;
    std::vector<std::optional<part>> parts;
    for (const auto& path : parts_in(folder)) {
        auto one = read_part(path);
        if (!sum) {
            sum.emplace(merged_parts{one.of, {.record = recorder(one.of.classes, 0, nanoseconds::max())}});
            parts.resize(one.of.hosts.size());
        }
        if (one.of != sum->of)
            throw std::runtime_error(fmt::format(
                "--merge: {} is of another run than those beside it: take it away", path.string()));
        auto& place = parts[one.measured.ranks.front().rank];
        if (place)
            throw std::runtime_error(fmt::format("--merge: {} is there twice: take one away", path.string()));
        place = std::move(one);
    }
    std::vector<rank_facts> ranks;
    std::vector<words> samples;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        rank_facts lost;
        lost.rank = static_cast<unsigned>(i);
        lost.host = sum->of.hosts[i];
        lost.is_lost = true;
        ranks.push_back(parts[i] ? parts[i]->measured.ranks.front() : lost);
        if (!parts[i]) continue;
        samples.push_back(samples_of(parts[i]->measured));
        sum->measured.record.merge(parts[i]->measured.record);
    }
    sum->measured = joined(std::move(sum->measured.record), std::move(ranks), samples);
    return std::move(*sum);
}

}  // namespace loadgen
