#include "loadgen/class_columns.hpp"

#include "loadgen/shared_columns.hpp"

namespace loadgen {

const std::vector<column<class_row>>& class_columns() {
    using R = const class_row&;
    static const auto columns = [] {
        auto list = key_columns<class_row>();
        append<class_row>(list, {{"class", "string", "name of the request class",
                                  [](R r, std::size_t) { return r.of_class.name; }},
                                 {"weight", "integer", "its weight in the mix",
                                  [](R r, std::size_t) { return cell(r.of_class.weight); }},
                                 {"requests", "integer", "requests scheduled: the sum of the outcomes",
                                  [](R r, std::size_t) { return cell(r.of_class.requests); }}});
        add_outcomes(list);
        add_latency(list);
        add_service(list);
        return list;
    }();
    return columns;
}

}  // namespace loadgen
