// How a CSV file is made of a list of columns. A column is a name (a unit ends every numeric one), a
// Frictionless type, a meaning, and how its cell is printed. The lists are THE schema, each column once, in
// `summary_columns`, `class_columns` and `row_columns`: header lines, rows, `--json` and `--schema` are all
// made from them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/exchange.hpp"

namespace loadgen {

template <class Row>
struct column {
    std::string name;
    std::string_view type;  // "string", "integer", "number", "boolean" (0/1) or "datetime"
    std::string meaning;
    std::string (*print)(const Row&, std::size_t argument);  // empty: not applicable or unknown
    std::size_t argument = 0;  // which of several alike, for example which outcome
    std::string (*lower_bound)(const Row&, std::size_t argument) = nullptr;  // told where the cell is empty

    std::string cell(const Row& row) const { return print(row, argument); }
};

template <class Row>
void append(std::vector<column<Row>>& columns, std::vector<column<Row>> more) {
    for (auto& c : more) columns.push_back(std::move(c));
}

// Cells: `.` for decimals, booleans 0 or 1, nothing where there is no value.
std::string cell(std::uint64_t value);
std::string cell(double value);
std::string cell(bool value);
std::string cell_us(nanoseconds value);
std::string cell_ms(nanoseconds value);
template <class T>
std::string cell(const std::optional<T>& value) {
    return value ? cell(*value) : std::string();
}

// RFC 4180: quoted where the text holds a comma, a quote or a line break.
std::string escaped(std::string_view cell);

template <class Row>
std::string header_of(const std::vector<column<Row>>& columns) {
    std::string line;
    for (const auto& c : columns) line += (line.empty() ? "" : ",") + c.name;
    return line + "\r\n";
}

template <class Row>
void append_row(std::string& text, const std::vector<column<Row>>& columns, const Row& row) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0) text += ',';
        text += escaped(columns[i].cell(row));
    }
    text += "\r\n";
}

}  // namespace loadgen
