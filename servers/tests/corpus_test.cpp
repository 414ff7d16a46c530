// The fuzzers' corpus, which holds every finding, against the real servers: each model says to each file what
// the conversation in memory says.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "servers/tests/models.hpp"
#include "servers/tests/served_conversation.hpp"

namespace servers::tests {
namespace {

template <class Model>
class corpus : public served<Model> {};
TYPED_TEST_SUITE(corpus, models_and_cancelling, model_names);

TYPED_TEST(corpus, is_answered_as_in_memory) {
    this->chosen = fuzzed_options(TypeParam::threads, TypeParam::keep);
    this->serve();
    int compared = 0;
    for (const auto& entry : std::filesystem::directory_iterator(SESSION_CORPUS)) {
        SCOPED_TRACE(entry.path().filename().string());
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(file)), {});
        const conversation latest = converse_bytewise(bytes, TypeParam::keeps_open);
        if (!can_be_served(latest)) continue;
        for (const std::size_t cut : {bytes.size(), bytes.size() / 2}) {
            EXPECT_EQ(difference(latest, received_from(this->port(), bytes, cut)), "");
        }
        ++compared;
    }
    EXPECT_GT(compared, 20);
}

}  // namespace
}  // namespace servers::tests
