#include "loadgen/slice_columns.hpp"

#include "loadgen/shared_columns.hpp"
#include "loadgen/summary_columns.hpp"

namespace loadgen {

const std::vector<column<slice>>& slice_columns() {
    using S = const slice&;
    static const auto columns = [] {
        auto list = key_columns<slice>();
        append<slice>(list, {{"slice", "integer", "index in the block, in the order of time, counted from 1",
                              [](S s, std::size_t) { return cell(s.number); }},
                             {"four", "integer", "which four of slices it belongs to, counted from 1",
                              [](S s, std::size_t) { return cell(s.four); }},
                             {"order", "string", "of its four: ABBA or BAAB, A being the baseline",
                              [](S s, std::size_t) { return std::string(name_of(s.order)); }},
                             {"position", "integer", "in its four, from 1 to 4",
                              [](S s, std::size_t) { return cell(s.position); }},
                             {"used", "boolean", "its four is complete, and all of its slices are valid",
                              [](S s, std::size_t) { return cell(s.used); }}});
        const auto& of_run = summary_columns();
        for (std::size_t i = key_names.size(); i < of_run.size(); ++i)
            list.push_back({of_run[i].name, of_run[i].type, of_run[i].meaning,
                            [](S s, std::size_t which) { return summary_columns()[which].cell(s.run); }, i});
        return list;
    }();
    return columns;
}

}  // namespace loadgen
