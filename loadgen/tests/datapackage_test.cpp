#include "loadgen/datapackage.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "loadgen/shared_columns.hpp"
#include "loadgen/summary_columns.hpp"

namespace loadgen {
namespace {

std::string text_at(const boost::json::value& object, std::string_view key) {
    const auto* found = object.as_object().if_contains(key);
    return found == nullptr ? "" : std::string(found->as_string());
}

TEST(datapackage, lists_every_column_of_every_file) {
    const auto value = boost::json::parse(datapackage_json());
    const auto& resources = value.at("resources").as_array();
    ASSERT_EQ(resources.size(), 7U);
    const auto& fields = resources.at(0).at("schema").at("fields").as_array();
    ASSERT_EQ(fields.size(), summary_columns().size());
    EXPECT_EQ(fields.at(0).at("name").as_string(), "recording");
}

TEST(datapackage, is_tabular_as_the_specification_wants_it) {
    const auto package = boost::json::parse(datapackage_json());
    EXPECT_EQ(text_at(package, "profile"), "tabular-data-package");
    for (const auto& resource : package.at("resources").as_array()) {
        EXPECT_EQ(text_at(resource, "profile"), "tabular-data-resource");
        EXPECT_EQ(text_at(resource, "encoding"), "utf-8");
        EXPECT_EQ(text_at(resource, "path"), text_at(resource, "name") + ".csv");
        const auto& schema = resource.at("schema");
        EXPECT_EQ(schema.at("missingValues").as_array().at(0).as_string(), "");
        std::set<std::string> names;
        for (const auto& field : schema.at("fields").as_array()) names.insert(text_at(field, "name"));
        const auto& keys = schema.at("primaryKey").as_array();
        for (std::size_t i = 0; i < keys.size(); ++i) {
            EXPECT_TRUE(names.contains(std::string(keys.at(i).as_string())));
            EXPECT_TRUE(i >= key_names.size() || keys.at(i).as_string() == key_names[i]);
        }
    }
}

TEST(datapackage, every_number_has_the_unit_that_its_name_ends_in) {
    const auto package = boost::json::parse(datapackage_json());
    for (const auto& resource : package.at("resources").as_array())
        for (const auto& field : resource.at("schema").at("fields").as_array()) {
            const auto unit = text_at(field, "unit");
            EXPECT_TRUE(text_at(field, "type") != "number" || !unit.empty()) << text_at(field, "name");
            EXPECT_TRUE(text_at(field, "name") != "latency_p99_us" || unit == "us");
            EXPECT_TRUE(text_at(field, "name") != "server_cpu_us_per_request" || unit == "us/request");
            EXPECT_TRUE(text_at(field, "name") != "server_rss_peak_kib" || unit == "KiB");
            EXPECT_TRUE(text_at(field, "name") != "requests" || unit.empty());
        }
}

TEST(datapackage, says_what_each_verdict_means) {
    for (const auto& c : summary_columns())
        for (const auto* verdict : {"valid", "invalid", "failed"})
            EXPECT_TRUE(c.name != "verdict" || c.meaning.find(verdict) != std::string::npos);
}

}  // namespace
}  // namespace loadgen
