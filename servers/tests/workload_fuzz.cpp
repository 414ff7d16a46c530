// Fuzzes make_plan(): `METHOD target`, any bytes. Whatever it is asked, it plans what a reply can be made of.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "servers/tests/conversation.hpp"
#include "servers/tests/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view target = text.substr(std::min(space + 1, text.size()));
    const servers::plan planned = servers::make_plan(text.substr(0, space), target);
    std::string wire;
    servers::render(planned.reply, true, wire);
    servers::tests::expect_none(servers::tests::fault_of(planned, wire));
    return 0;
}
