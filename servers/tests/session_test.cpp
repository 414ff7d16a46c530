// The blocking session waits only through what it is handed, so it is the same on anything else that offers
// this: here, on memory.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "servers/tests/scripted_session.hpp"

namespace servers::tests {
namespace {

using calls = std::vector<std::string>;

std::size_t whole() {
    return 1 << 20;
}

std::string answer_to(const std::string& target, scripted_backend& backend) {
    return scripted_session("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n", whole, backend);
}

TEST(session, waits_through_its_backend_in_the_order_of_the_plan) {
    scripted_backend backend;
    answer_to("/ping", backend);
    EXPECT_EQ(backend.calls(), calls{});
    answer_to("/task?cpu_ms=600000&block_ms=600000&wait_ms=7", backend);
    EXPECT_EQ(backend.calls(), (calls{"sleep 7", "offload"}));
    answer_to("/task?block_ms=600000", backend);
    EXPECT_EQ(backend.calls(), (calls{"sleep 7", "offload", "offload"}));
}

TEST(session, tells_what_the_database_answers) {
    for (const auto& [answer, status] : {std::pair{database_answer::done, "200"},
                                         {database_answer::absent, "501"},
                                         {database_answer::busy, "503"},
                                         {database_answer::lost, "503"}}) {
        scripted_backend backend(answer);
        EXPECT_EQ(answer_to("/db?wait_ms=9", backend).substr(9, 3), status);
        EXPECT_EQ(backend.calls(), calls{"query 9"});
    }
}

TEST(session, says_to_the_corpus_what_the_conversation_says) {
    for (const auto& entry : std::filesystem::directory_iterator(SESSION_CORPUS)) {
        SCOPED_TRACE(entry.path().filename().string());
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(file)), {});
        for (const bool keep_open : {true, false}) {
            scripted_backend backend;
            const conversation latest = converse_bytewise(bytes, keep_open);
            EXPECT_EQ(difference(latest, scripted_session(bytes, whole, backend, keep_open)), "");
        }
    }
}

}  // namespace
}  // namespace servers::tests
