// What one rank sends to another, or leaves in a file, as whole numbers of 64 bits: one list of fields is
// read and written by the same function, so that the two cannot disagree.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace loadgen {

using words = std::vector<std::int64_t>;

class word_writer {
public:
    template <class... Values>
    void operator()(const Values&... values) {
        (put(values), ...);
    }
    words take() { return std::move(words_); }

private:
    template <class Value>
    requires(std::is_integral_v<Value> || std::is_enum_v<Value>) void put(Value value) {
        words_.push_back(static_cast<std::int64_t>(value));
    }
    void put(double value) { words_.push_back(std::bit_cast<std::int64_t>(value)); }
    template <class Rep, class Period>
    void put(std::chrono::duration<Rep, Period> value) {
        words_.push_back(value.count());
    }
    void put(const std::string& text) {
        put(text.size());
        for (const char c : text) put(c);
    }
    template <class Value>
    void put(const std::vector<Value>& list) {
        put(list.size());
        for (const auto& value : list) put(value);
    }
    template <class Record>
    requires requires(Record& record, word_writer& to) { fields_of(record, to); }
    void put(const Record& record) {
        fields_of(const_cast<Record&>(record), *this);  // which changes nothing: a writer only looks
    }

    words words_;
};

// Throws std::runtime_error where there are fewer than are asked for.
class word_reader {
public:
    explicit word_reader(std::span<const std::int64_t> from) : left_(from) {}

    template <class... Values>
    void operator()(Values&... values) {
        (get(values), ...);
    }
    bool is_at_end() const { return left_.empty(); }

private:
    std::int64_t next() {
        if (left_.empty()) throw std::runtime_error("is cut off");
        const auto word = left_.front();
        left_ = left_.subspan(1);
        return word;
    }
    template <class Value>
    requires(std::is_integral_v<Value> || std::is_enum_v<Value>) void get(Value& value) {
        value = static_cast<Value>(next());
    }
    void get(double& value) { value = std::bit_cast<double>(next()); }
    template <class Rep, class Period>
    void get(std::chrono::duration<Rep, Period>& value) {
        value = std::chrono::duration<Rep, Period>(next());
    }
    // No list has more entries than there are words left.
    std::size_t size() {
        const auto size = static_cast<std::uint64_t>(next());
        if (size > left_.size()) throw std::runtime_error("is cut off");
        return static_cast<std::size_t>(size);
    }
    void get(std::string& text) {
        text.resize(size());
        for (auto& c : text) get(c);
    }
    template <class Value>
    void get(std::vector<Value>& list) {
        list.resize(size());
        for (auto& value : list) get(value);
    }
    template <class Record>
    requires requires(Record& record, word_reader& from) { fields_of(record, from); }
    void get(Record& record) { fields_of(record, *this); }

    std::span<const std::int64_t> left_;
};

}  // namespace loadgen
