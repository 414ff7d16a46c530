#include "loadgen/output.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "loadgen/class_columns.hpp"
#include "loadgen/hdr_text.hpp"
#include "loadgen/shared_columns.hpp"
#include "loadgen/summary_columns.hpp"
#include "loadgen/tests/one_request.hpp"

namespace loadgen {
namespace {

using namespace tests;

struct folder_of_test {
    const std::filesystem::path path =
        std::filesystem::path(testing::TempDir()) / ("output_test_" + std::to_string(::getpid()));
    ~folder_of_test() { std::filesystem::remove_all(path); }
};

TEST(output, json_is_one_object_with_the_columns_as_keys_and_a_list_of_classes) {
    const auto value = boost::json::parse(json_of(summary_of(one_request())));
    const auto& object = value.as_object();
    ASSERT_EQ(object.size(), summary_columns().size() + 1);
    for (const auto& c : summary_columns()) {
        ASSERT_TRUE(object.contains(c.name)) << c.name;
        EXPECT_TRUE(object.at(c.name).is_primitive()) << c.name;
    }
    EXPECT_EQ(object.at("ok").as_int64(), 1);
    EXPECT_EQ(object.at("pinned").as_bool(), false);
    EXPECT_TRUE(object.at("offered_rps").is_null());
    const auto& only = object.at("classes").as_array().at(0).as_object();
    EXPECT_EQ(object.at("classes").as_array().size(), 1U);
    EXPECT_EQ(only.size(), class_columns().size() - key_names.size());
    EXPECT_EQ(only.at("class").as_string(), "all, \"quoted\"");
    EXPECT_EQ(only.at("requests").as_int64(), 1);
}

TEST(output, files_have_one_header_and_leave_nothing_temporary) {
    const folder_of_test made;
    const auto& folder = made.path;
    const auto m = one_request();
    write_files(folder, {}, summary_of(m), m);
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(folder))
        names.insert(file.path().filename().string());
    EXPECT_EQ(names, (std::set<std::string>{"classes.csv", "latency.csv", "requests.csv", "summary.csv",
                                            "throughput.csv"}));
    std::ifstream file(folder / "throughput.csv");
    std::stringstream text;
    text << file.rdbuf();
    // 3 intervals of 5 ms for 12 ms; the CPU grows by 1 ms in 4 ms, so by 1.25 ms in each interval.
    EXPECT_EQ(std::count(std::istreambuf_iterator<char>(text), {}, '\n'), 4);
    EXPECT_NE(
        text.str().find("\r\nr,s,v,loadgen,w,1,0.000,5.000,1,0,0,1,,0.000,1250.000,0.250,0,3,0,0.000\r\n"),
        std::string::npos)
        << text.str();
}

TEST(output, classes_have_a_row_each_in_the_order_of_the_mix) {
    auto m = one_request();
    m.record = recorder(3, 10, 1s);
    for (std::uint16_t i = 0; i < 3; ++i) {
        exchange x;
        x.request_class = i;
        x.service = (i + 1) * 10ms;
        x.result = i == 1 ? outcome::reset : outcome::ok;
        m.record.finished(x);
    }
    plan asked;
    asked.classes = {{"a", 5, "/a", {}}, {"b", 3, "/b", {}}, {"c", 2, "/c", {}}};
    asked.load.requests = 3;
    run_keys keys;
    keys.repetition = 2;
    const auto run = summarise(asked, keys, {}, m);
    EXPECT_EQ(run.outcomes[index_of(outcome::ok)], 2U);
    EXPECT_EQ(run.requests, 3U);
    const folder_of_test folder;
    write_files(folder.path, {}, run, m);
    std::ifstream file(folder.path / "classes.csv");
    std::vector<std::string> rows;
    for (std::string line; std::getline(file, line);) rows.push_back(line);
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_TRUE(rows[1].starts_with(",,,loadgen,,2,a,5,1,1,0,0,0,0,0,0,0,10000.000,")) << rows[1];
    EXPECT_TRUE(rows[2].starts_with(",,,loadgen,,2,b,3,1,0,0,0,0,1,0,0,0,,,,,,,,20000.000,")) << rows[2];
    EXPECT_TRUE(rows[3].starts_with(",,,loadgen,,2,c,2,1,1,0,0,0,0,0,0,0,30000.000,")) << rows[3];
}

TEST(output, a_duel_is_two_rows_of_the_summary_and_a_row_for_each_slice) {
    const auto m = one_request();
    const auto row = summary_of(m);
    duel_result duel;
    for (std::size_t side = 0; side < sides; ++side) {
        duel.of_side[side] = row;
        duel.of_side[side].keys.variant = side_names[side];
    }
    duel.measured[0].add(m, row);
    for (std::uint64_t i = 1; i <= 4; ++i) duel.slices.push_back({i, 1, i, four_order::baab, i != 3, row});
    const folder_of_test made;
    write_files(made.path, duel);
    std::map<std::string, std::vector<std::string>> lines;
    for (const auto& entry : std::filesystem::directory_iterator(made.path)) {
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);)
            lines[entry.path().filename().string()].push_back(line);
    }
    ASSERT_EQ(lines.size(), 4U);
    ASSERT_EQ(lines["summary.csv"].size(), 3U);
    EXPECT_TRUE(lines["summary.csv"][1].starts_with("r,s,baseline,loadgen,w,1,"));
    EXPECT_TRUE(lines["summary.csv"][2].starts_with("r,s,candidate,loadgen,w,1,"));
    EXPECT_EQ(lines["classes.csv"].size(), 3U);
    EXPECT_EQ(lines["latency.csv"].size(), 3U) << "latency and service of the one request that is recorded";
    ASSERT_EQ(lines["slices.csv"].size(), 5U);
    const std::string keys = "recording,suite,variant,client,workload,repetition,";
    EXPECT_TRUE(lines["slices.csv"][0].starts_with(keys + "slice,four,order,position,used,connections,"));
    EXPECT_TRUE(lines["slices.csv"][3].starts_with("r,s,v,loadgen,w,1,3,1,BAAB,3,0,"));
    EXPECT_EQ(lines["slices.csv"][0].substr(lines["slices.csv"][0].find(",connections,")),
              lines["summary.csv"][0].substr(lines["summary.csv"][0].find(",connections,")));

    const auto value = boost::json::parse(json_of(duel));
    EXPECT_EQ(value.at("sides").as_array().size(), 2U);
    EXPECT_EQ(value.at("sides").at(1).at("variant").as_string(), "candidate");
}

TEST(output, what_cannot_be_written_is_named_before_the_load_and_after_it) {
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
    expect_named("--hdr: /proc is a folder: name a file", [] { check_writable({}, "/proc"); });
    expect_named("--hdr: cannot write /proc/no.hgrm", [] { check_writable({}, "/proc/no.hgrm"); });
    expect_named("/proc/no-such-folder", [&] { write_files("/proc/no-such-folder", {}, summary_of(m), m); });
}

TEST(output, one_file_that_cannot_be_written_leaves_none) {
    const folder_of_test made;
    const auto& folder = made.path;
    std::filesystem::create_directories(folder / "latency.csv.part");  // in the way of a file
    EXPECT_THROW(check_writable(folder / "latency.csv.part", "/proc/no.hgrm"), std::runtime_error);
    const auto m = one_request();
    EXPECT_THROW(write_files(folder, {}, summary_of(m), m), std::runtime_error);
    EXPECT_FALSE(std::filesystem::exists(folder / "requests.csv"));
    EXPECT_FALSE(std::filesystem::exists(folder / "requests.csv.part"));
}

TEST(output, a_pipe_is_written_to_and_a_link_stays_one) {
    const folder_of_test made;
    std::filesystem::create_directories(made.path);
    const auto pipe = made.path / "pipe", link = made.path / "link", file = made.path / "file";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    std::ofstream(file) << "old";
    std::filesystem::create_symlink("file", link);
    const auto m = one_request();
    for (const auto& path : {pipe, link}) {
        check_writable({}, path);
        write_files({}, path, summary_of(m), m);
    }
    std::string piped(64 * 1024, '\0');
    piped.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(reader, piped.data(), piped.size()))));
    ::close(reader);
    EXPECT_EQ(piped, hdr_text(m.record.all_classes().latency.all()));
    EXPECT_TRUE(std::filesystem::is_fifo(pipe));
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    std::ifstream kept(file);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(kept), {}), piped);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(made.path), {}), 3);
}

TEST(output, a_device_that_takes_nothing_is_named_and_no_other_file_is_left) {
    const folder_of_test made;
    std::filesystem::create_directories(made.path);
    std::filesystem::create_symlink("/dev/full", made.path / "link");  // so that none can harm the device
    const auto m = one_request();
    EXPECT_THROW(write_files(made.path, made.path / "link", summary_of(m), m), std::runtime_error);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(made.path), {}), 1);
    EXPECT_TRUE(std::filesystem::is_character_file(made.path / "link"));
}

TEST(output, a_lower_bound_is_text_in_json_as_null_would_pass_for_less_than_any_limit) {
    auto m = one_request();
    exchange hung;
    hung.service = 80ms;
    hung.result = outcome::timed_out;
    m.record.finished(hung);
    const auto value = boost::json::parse(json_of(summary_of(m)));
    EXPECT_EQ(value.at("latency_p99_us").as_string(), "at least 80000.000");
    EXPECT_NEAR(value.at("latency_p99_at_least_us").as_double(), 80000, 0.1);
    const auto& only = value.at("classes").as_array().at(0);
    EXPECT_EQ(only.at("latency_p99_us").as_string(), "at least 80000.000");
    EXPECT_NEAR(only.at("latency_p99_at_least_us").as_double(), 80000, 0.1);
}

}  // namespace
}  // namespace loadgen
