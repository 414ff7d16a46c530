// The README's table of what the RFCs require: each requirement names its tests, and each test it names is
// there.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace servers::tests {
namespace {

std::set<std::string> all_tests() {
    std::set<std::string> names;
    const testing::UnitTest& all = *testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i) {
        const testing::TestSuite& suite = *all.GetTestSuite(i);
        for (int j = 0; j < suite.total_test_count(); ++j) {
            const std::string name = suite.GetTestInfo(j)->name();
            names.insert(name.substr(0, name.find('/')));  // without its parameter
        }
    }
    return names;
}

// The words in backticks of a row's last cell.
std::vector<std::string> named_in(std::string_view row) {
    std::vector<std::string> names;
    row = row.substr(0, row.rfind('|'));
    row = row.substr(row.rfind('|') + 1);
    while (true) {
        const std::size_t begin = row.find('`');
        const std::size_t end = row.find('`', begin + 1);
        if (begin == std::string_view::npos || end == std::string_view::npos) return names;
        names.emplace_back(row.substr(begin + 1, end - begin - 1));
        row.remove_prefix(end + 1);
    }
}

TEST(requirements, each_have_a_test_and_each_test_exists) {
    const std::set<std::string> known = all_tests();
    std::ifstream readme(SERVERS_README);
    int requirements = 0;
    for (std::string row; std::getline(readme, row);) {
        if (!row.starts_with("| 911")) continue;
        ++requirements;
        const std::vector<std::string> named = named_in(row);
        EXPECT_FALSE(named.empty()) << row;
        for (const std::string& name : named) EXPECT_TRUE(known.contains(name)) << name << " in\n" << row;
    }
    EXPECT_GT(requirements, 30);
}

}  // namespace
}  // namespace servers::tests
