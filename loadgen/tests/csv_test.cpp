#include "loadgen/csv.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "loadgen/output.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

measurement one_request() {
    measurement m{.record = recorder(1, 10, 1s)};
    exchange x;
    x.lag = 1us;
    x.service = 12ms;
    x.result = outcome::ok;
    x.status = 200;
    m.record.started(x.due);
    m.record.finished(x);
    m.length = 12ms;
    for (int i = 0; i < 5; ++i) {
        process_sample sample;
        sample.at = i * 4ms;
        sample.cpu = i * 1ms;
        sample.threads = 3;
        m.samples.push_back(sample);
    }
    return m;
}

summary summary_of(const measurement& m) {
    plan what;
    what.classes.push_back({"all, \"quoted\"", 1, "/", {}});
    what.load.requests = 1;
    return summarise(
        what,
        {.recording = "r", .suite = "s", .variant = "v", .workload = "w", .repetition = 1, .pinned = false},
        10ms, m);
}

template <class Row>
void expect_tidy(const std::vector<column<Row>>& columns) {
    std::set<std::string> names;
    for (const auto& c : columns) {
        EXPECT_TRUE(names.insert(c.name).second) << c.name << " is there twice";
        EXPECT_FALSE(c.meaning.empty()) << c.name;
        EXPECT_TRUE(
            (std::set<std::string_view>{"string", "integer", "number", "boolean", "datetime"}.contains(
                c.type)))
            << c.name;
        const bool has_unit = c.name.ends_with("_us") || c.name.ends_with("_ms") || c.name.ends_with("_s") ||
                              c.name.ends_with("_rps") || c.name.ends_with("_us_per_request") ||
                              c.name.ends_with("_utilisation") ||
                              c.name.find("_over_") != std::string::npos;  // a ratio has none
        EXPECT_TRUE(c.type != "number" || has_unit) << c.name << " has no unit";
    }
    EXPECT_EQ(columns.at(0).name, "recording");
    EXPECT_EQ(columns.at(4).name, "repetition");
}

TEST(csv, columns_are_unique_explained_and_end_in_their_unit) {
    expect_tidy(summary_columns());
    expect_tidy(request_columns());
    expect_tidy(latency_columns());
    expect_tidy(throughput_columns());
}

TEST(csv, cells_are_quoted_as_rfc_4180_says) {
    EXPECT_EQ(escaped("plain"), "plain");
    EXPECT_EQ(escaped("a,b"), "\"a,b\"");
    EXPECT_EQ(escaped("say \"hi\""), "\"say \"\"hi\"\"\"");
    EXPECT_EQ(escaped("two\nlines"), "\"two\nlines\"");
}

TEST(csv, json_is_one_flat_object_with_the_columns_as_keys) {
    const auto value = boost::json::parse(json_of(summary_of(one_request())));
    const auto& object = value.as_object();
    ASSERT_EQ(object.size(), summary_columns().size());
    for (const auto& c : summary_columns()) {
        ASSERT_TRUE(object.contains(c.name)) << c.name;
        EXPECT_TRUE(object.at(c.name).is_primitive()) << c.name;
    }
    EXPECT_EQ(object.at("ok").as_int64(), 1);
    EXPECT_EQ(object.at("pinned").as_bool(), false);
    EXPECT_TRUE(object.at("offered_rps").is_null());
    EXPECT_EQ(object.at("class_1").as_string(), "all, \"quoted\"");
}

TEST(csv, schema_lists_every_column_of_every_file) {
    const auto value = boost::json::parse(schema_json());
    const auto& resources = value.at("resources").as_array();
    ASSERT_EQ(resources.size(), 4U);
    const auto& fields = resources.at(0).at("schema").at("fields").as_array();
    ASSERT_EQ(fields.size(), summary_columns().size());
    EXPECT_EQ(fields.at(0).at("name").as_string(), "recording");
}

TEST(csv, files_have_one_header_and_leave_nothing_temporary) {
    const auto folder =
        std::filesystem::path(testing::TempDir()) / ("csv_test_" + std::to_string(::getpid()));
    const auto m = one_request();
    write_files(folder, {}, summary_of(m), m);
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(folder))
        names.insert(file.path().filename().string());
    EXPECT_EQ(names, (std::set<std::string>{"latency.csv", "requests.csv", "summary.csv", "throughput.csv"}));
    std::ifstream file(folder / "throughput.csv");
    std::stringstream text;
    text << file.rdbuf();
    // 3 intervals of 5 ms for 12 ms; the CPU grows by 1 ms in 4 ms, so by 1.25 ms in each interval.
    EXPECT_EQ(std::count(std::istreambuf_iterator<char>(text), {}, '\n'), 4);
    EXPECT_NE(text.str().find("\r\nr,s,v,w,1,0.000,5.000,1,0,0,1,0.000,1250.000,0.250,0,3,0,0.000\r\n"),
              std::string::npos)
        << text.str();
    std::filesystem::remove_all(folder);
}

TEST(csv, what_cannot_be_written_is_named_before_the_load_and_after_it) {
    const auto m = one_request();
    const auto expect_named = [](const std::string& name, auto write) {
        try {
            write();
            ADD_FAILURE() << "expected an error";
        } catch (const std::runtime_error& fault) {
            EXPECT_NE(std::string(fault.what()).find(name), std::string::npos) << fault.what();
        }
    };
    expect_named("/proc/no-such-folder", [] { check_writable("/proc/no-such-folder", {}); });
    expect_named("--hdr: cannot write /proc/no.hgrm", [] { check_writable({}, "/proc/no.hgrm"); });
    expect_named("/proc/no-such-folder", [&] { write_files("/proc/no-such-folder", {}, summary_of(m), m); });
}

TEST(csv, one_file_that_cannot_be_written_leaves_none) {
    const auto folder =
        std::filesystem::path(testing::TempDir()) / ("csv_test_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder / "latency.csv.part");  // in the way of a file
    EXPECT_THROW(check_writable(folder / "latency.csv.part", "/proc/no.hgrm"), std::runtime_error);
    const auto m = one_request();
    EXPECT_THROW(write_files(folder, {}, summary_of(m), m), std::runtime_error);
    EXPECT_FALSE(std::filesystem::exists(folder / "requests.csv"));
    EXPECT_FALSE(std::filesystem::exists(folder / "requests.csv.part"));
    std::filesystem::remove_all(folder);
}

TEST(csv, a_lower_bound_is_text_in_json_as_null_would_pass_for_less_than_any_limit) {
    auto m = one_request();
    exchange hung;
    hung.service = 80ms;
    hung.result = outcome::timed_out;
    m.record.finished(hung);
    const auto value = boost::json::parse(json_of(summary_of(m)));
    EXPECT_EQ(value.at("latency_p99_us").as_string(), "at least 80000.000");
    EXPECT_NEAR(value.at("latency_p99_at_least_us").as_double(), 80000, 0.1);
    EXPECT_EQ(value.at("class_1_latency_p99_us").as_string(), "at least 80000.000");
    EXPECT_TRUE(value.at("class_2_latency_p99_us").is_null());
}

TEST(csv, a_request_that_never_became_due_has_no_times) {
    exchange x;
    x.was_due = false;
    const auto m = one_request();
    const auto run = summary_of(m);
    for (const auto& c : request_columns())
        EXPECT_TRUE(!c.name.ends_with("_us") || c.cell({run, x}).empty()) << c.name;
}

}  // namespace
}  // namespace loadgen
