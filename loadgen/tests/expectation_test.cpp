#include "loadgen/expectation.hpp"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

bool holds(const std::string& text, std::initializer_list<std::string_view> pieces) {
    const text_search search(text);
    std::size_t matched = 0;
    for (const auto piece : pieces) matched = search.feed(matched, piece);
    return search.is_found(matched);
}

TEST(text_search, finds_a_text_wherever_it_is_and_however_it_is_cut) {
    EXPECT_TRUE(holds("Complete", {R"({"result":"Task Complete!"})"}));
    EXPECT_TRUE(holds("Complete", {"Task Com", "plete!"}));
    EXPECT_TRUE(holds("Complete", {"C", "o", "m", "p", "l", "e", "t", "e"}));
    EXPECT_FALSE(holds("Complete", {"Task Compl", "ain"}));
    EXPECT_TRUE(holds("", {}));
    EXPECT_FALSE(holds("x", {}));
}

TEST(text_search, begins_again_in_what_it_has_already_seen) {
    EXPECT_TRUE(holds("aab", {"aaab"}));
    EXPECT_TRUE(holds("abababc", {"ababab", "ababc"}));
    EXPECT_FALSE(holds("abababc", {"ababab", "bababc"}));
    EXPECT_TRUE(holds("aab", {"xaab", "aaa"})) << "once found it stays so";
}

TEST(expectation, is_any_status_of_success_unless_it_is_told) {
    const expectation usual;
    EXPECT_TRUE(usual.accepts(200, 0) && usual.accepts(299, 0));
    EXPECT_FALSE(usual.accepts(199, 0) || usual.accepts(300, 0) || usual.accepts(999, 0));
}

TEST(expectation, statuses_are_single_ones_and_hundreds) {
    const auto found = parse_statuses("204,3xx,500");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->count(), 102U);
    EXPECT_TRUE(found->test(204) && found->test(300) && found->test(399) && found->test(500));
    for (const auto* text : {"", "20", "2000", "200,", ",200", "2xy", "6xx", "099", "2x0", "200 204"})
        EXPECT_FALSE(parse_statuses(text)) << text;
}

TEST(expectation, of_a_body_needs_its_text_too) {
    expectation expected;
    expected.body = text_search("ok");
    EXPECT_FALSE(expected.accepts(200, expected.body.feed(0, "no")));
    EXPECT_TRUE(expected.accepts(200, expected.body.feed(0, "an ok")));
    EXPECT_FALSE(expected.accepts(404, expected.body.feed(0, "an ok")));
}

}  // namespace
}  // namespace loadgen
