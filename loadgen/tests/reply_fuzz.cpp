// Fuzzes the reply reader: any bytes, as the reply to a HEAD and to anything else. Whole, byte by byte and in
// pieces that the bytes themselves choose, the same must come of them.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "loadgen/tests/reply_in_pieces.hpp"

namespace {

using namespace loadgen;
using namespace loadgen::tests;

// Small, so that a fuzzer reaches them.
constexpr reply_limits fuzzed_limits{.framing_bytes = 256, .interim_replies = 2};

void expect(bool holds, const char* rule, const reading& found, const reading& whole) {
    if (holds) return;
    std::cerr << "FAULT: " << rule << ": " << found << "; whole: " << whole << "\n";
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const bool is_head : {false, true}) {
        const auto whole = read_in_pieces(
            bytes, is_head, [size] { return size; }, fuzzed_limits);
        const auto bytewise = read_in_pieces(
            bytes, is_head, [] { return 1; }, fuzzed_limits);
        std::size_t turn = 0;
        const auto chosen = [data, size, &turn] {
            return static_cast<std::size_t>(data[turn++ % size] % 61);
        };
        const auto in_pieces = read_in_pieces(bytes, is_head, chosen, fuzzed_limits);
        reply_reader::known_head known;
        for (const auto* time : {"first", "second"}) {
            const auto again = read_in_pieces(
                bytes, is_head, [size] { return size; }, fuzzed_limits, &known);
            expect(again == whole, time, again, whole);
        }
        const auto known_in_pieces = read_in_pieces(bytes, is_head, chosen, fuzzed_limits, &known);
        expect(known_in_pieces == whole, "with its head known it is another reply", known_in_pieces, whole);
        expect(bytewise == whole, "byte by byte it is another reply", bytewise, whole);
        expect(in_pieces == whole, "in pieces it is another reply", in_pieces, whole);
        expect(whole.bytes <= size, "more bytes than there were", whole, whole);
        expect(whole.at_end != progress::complete || whole.status == 101 || whole.status >= 200,
               "complete without a final status", whole, whole);
    }
    return 0;
}
