// Fuzzes a connection in memory: any bytes, whole, byte by byte, and in pieces that the bytes themselves
// choose; and the blocking session itself on them.
#include <cstdint>
#include <string_view>

#include "servers/tests/conversation.hpp"
#include "servers/tests/fuzz.hpp"
#include "servers/tests/scripted_session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace servers::tests;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const conversation latest = converse_bytewise(bytes);
    expect_none(difference(latest, converse_whole(bytes)));
    std::size_t turn = 0;
    const auto chosen = [data, size, &turn] { return static_cast<std::size_t>(data[turn++ % size] % 61); };
    expect_none(difference(latest, converse(bytes, chosen)));
    scripted_backend backend;
    expect_none(difference(latest, scripted_session(bytes, chosen, backend)));
    return 0;
}
