// Fuzzes the servers themselves over the loopback: both send, byte for byte, what the conversation in memory
// says they should.
#include <cstdint>
#include <string>
#include <string_view>

#include "servers/async_server.hpp"
#include "servers/blocking_server.hpp"
#include "servers/tests/fuzz.hpp"
#include "servers/tests/served_conversation.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace servers::tests;
    static servers::blocking_server blocking(fuzzed_options(0));
    static servers::async_server async(fuzzed_options(1));
    static const bool started = (blocking.start(), async.start(), true);
    static_cast<void>(started);

    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const conversation latest = converse_bytewise(bytes);
    expect_none(latest.fault);
    if (!can_be_served(latest)) return -1;
    const std::size_t cut = size == 0 ? 0 : data[size - 1] % size;
    expect_none(difference(latest, received_from(blocking.port(), bytes, cut)));
    expect_none(difference(latest, received_from(async.port(), bytes, cut)));
    return 0;
}
