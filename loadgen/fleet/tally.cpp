#include "loadgen/fleet/tally.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>

namespace loadgen {
namespace {

// More than any histogram or timeline has: what says otherwise is no part of a run.
constexpr std::size_t longest_list = 1 << 17;

using cells = std::vector<timeline::interval>;

struct shape_reader {
    words shape;

    void counts(const std::vector<std::uint64_t>& list) {
        shape.push_back(static_cast<std::int64_t>(list.size()));
    }
    void cells(timeline& line, const loadgen::cells& list) {
        shape.push_back(line.width().count());
        shape.push_back(static_cast<std::int64_t>(list.size()));
    }
    void sum(std::uint64_t) {}
    void sum(nanoseconds) {}
    void most(nanoseconds) {}
    void least(nanoseconds) {}
};

struct shape_fitter : shape_reader {
    explicit shape_fitter(std::span<const std::int64_t> wanted) : left(wanted) {}
    std::span<const std::int64_t> left;

    std::int64_t next() {
        if (left.empty()) throw std::runtime_error("is cut off");
        const auto word = left.front();
        left = left.subspan(1);
        return word;
    }
    template <class List>
    void grow(List& list) {
        const auto size = static_cast<std::size_t>(next());
        if (size > longest_list) throw std::runtime_error("is of another build");
        list.resize(std::max(list.size(), size));
    }
    void counts(std::vector<std::uint64_t>& list) { grow(list); }
    void cells(timeline& line, loadgen::cells& list) {
        line.widen_to(nanoseconds(next()));
        grow(list);
    }
};

struct tally_writer {
    tally to;

    void counts(const std::vector<std::uint64_t>& list) {
        to.sums.insert(to.sums.end(), list.begin(), list.end());
    }
    void cells(timeline&, const loadgen::cells& list) {
        for (const auto& [started, completed, failed] : list)
            to.sums.insert(to.sums.end(), {started, completed, failed});
    }
    void sum(std::uint64_t value) { to.sums.push_back(value); }
    void sum(nanoseconds value) { to.sums.push_back(static_cast<std::uint64_t>(value.count())); }
    void most(nanoseconds value) { to.most.push_back(value.count()); }
    void least(nanoseconds value) { to.most.push_back(-value.count()); }
};

struct tally_reader {
    const tally& from;
    std::size_t sums = 0, mosts = 0;

    std::uint64_t next() {
        if (sums == from.sums.size()) throw std::runtime_error("is cut off");
        return from.sums[sums++];
    }
    void counts(std::vector<std::uint64_t>& list) {
        for (auto& count : list) count = next();
    }
    void cells(timeline&, loadgen::cells& list) {
        for (auto& [started, completed, failed] : list) started = next(), completed = next(), failed = next();
        // Where a rank's was widened after its size was told there are more of them than anybody used.
        while (!list.empty() && list.back().started + list.back().completed + list.back().failed == 0)
            list.pop_back();
    }
    void sum(std::uint64_t& value) { value = next(); }
    void sum(nanoseconds& value) { value = nanoseconds(static_cast<std::int64_t>(next())); }
    void most(nanoseconds& value) {
        if (mosts == from.most.size()) throw std::runtime_error("is cut off");
        value = nanoseconds(from.most[mosts++]);
    }
    void least(nanoseconds& value) {
        most(value);
        value = -value;
    }
};

}  // namespace

words shape_of(recorder& record) {
    shape_reader fields;
    record.visit(fields);
    return std::move(fields.shape);
}

void fit(recorder& record, const words& shape) {
    shape_fitter fields(shape);
    record.visit(fields);
}

tally tally_of(recorder& record) {
    tally_writer fields;
    record.visit(fields);
    return std::move(fields.to);
}

void put_back(const tally& numbers, recorder& record) {
    tally_reader fields{numbers};
    record.visit(fields);
    if (fields.sums < numbers.sums.size() || fields.mosts < numbers.most.size())
        throw std::runtime_error("is of another build");
}

namespace {

template <class Fields>
void fields_of(exchange& x, Fields& fields) {
    fields(x.request, x.request_class, x.connection, x.due, x.queue, x.connect, x.tls, x.lag, x.service,
           x.read, x.first_byte, x.own);
}

// What is small shares two words.
std::int64_t flags_of(const exchange& x) {
    return x.is_resumed | x.by_kernel << 1 | x.was_due << 2 | static_cast<int>(x.result) << 8 |
           static_cast<int>(x.lacked) << 16;
}

void set_flags(exchange& x, std::int64_t flags) {
    x.is_resumed = (flags & 1) != 0;
    x.by_kernel = (flags & 2) != 0;
    x.was_due = (flags & 4) != 0;
    x.result = static_cast<outcome>(std::min<std::int64_t>(flags >> 8 & 0xff, outcome_count - 1));
    x.lacked = static_cast<shortage>(std::min<std::int64_t>(flags >> 16 & 0xff, shortage_count - 1));
}

}  // namespace

words words_of(const std::vector<exchange>& rows) {
    word_writer to;
    for (auto row : rows) {
        fields_of(row, to);
        to(flags_of(row), row.status, row.retries, row.earlier, row.reply_bytes);
    }
    return to.take();
}

std::vector<exchange> rows_of(const words& from) {
    std::vector<exchange> rows(from.size() / words_of_a_row);
    word_reader source(from);
    for (auto& row : rows) {
        std::int64_t flags = 0;
        fields_of(row, source);
        source(flags, row.status, row.retries, row.earlier, row.reply_bytes);
        set_flags(row, flags);
    }
    return rows;
}

}  // namespace loadgen
