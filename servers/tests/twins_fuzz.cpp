// Fuzzes the servers themselves over the loopback: all send, byte for byte, what the conversation in memory
// says they should.
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "servers/tests/fuzz.hpp"
#include "servers/tests/model_server.hpp"
#include "servers/tests/served_conversation.hpp"

namespace {

using namespace servers::tests;

// One of each kind that keeps connections, once for all inputs.
const std::vector<std::unique_ptr<model_server>>& all_servers() {
    static const auto started = [] {
        std::vector<std::unique_ptr<model_server>> all;
        all.push_back(make_server(server_kind::blocking, fuzzed_options(0)));
        all.push_back(make_server(server_kind::blocking, fuzzed_options(2, true)));
        all.push_back(make_server(server_kind::async, fuzzed_options(1)));
#if defined(SVA_FIBERS)
        all.push_back(make_server(server_kind::fiber, fuzzed_options(1)));
#endif
        for (const auto& each : all) each->start();
        return all;
    }();
    return started;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const conversation latest = converse_bytewise(bytes);
    expect_none(latest.fault);
    if (!can_be_served(latest)) return -1;
    const std::size_t cut = size == 0 ? 0 : data[size - 1] % size;
    for (const auto& each : all_servers())
        expect_none(difference(latest, received_from(each->port(), bytes, cut)));
    return 0;
}
