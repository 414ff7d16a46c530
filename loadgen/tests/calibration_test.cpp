#include "loadgen/calibration.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "loadgen/null_responder.hpp"
#include "loadgen/request_bytes.hpp"
#include "loadgen/tests/uninterrupted.hpp"

namespace loadgen {
namespace {

measurement run_against(const null_responder& server, connection_mode mode) {
    plan what;
    what.server = server.endpoint();
    what.mode = mode;
    what.connections = 7;
    what.load.requests = 500;
    request_class only{"all", 1, "/", {}};
    only.bytes = request_bytes({"GET", "test", {}, {}, mode == connection_mode::kept}, "/");
    what.classes.push_back(only);
    return tests::run_uninterrupted(what);
}

TEST(null_responder, answers_every_request_on_kept_and_on_fresh_connections) {
    const null_responder server;
    for (const auto mode : {connection_mode::kept, connection_mode::fresh, connection_mode::kept})
        EXPECT_EQ(run_against(server, mode).record.count(outcome::ok), 500U);
}

TEST(calibration, finds_rates_that_are_consistent_with_each_other) {
    const auto found = calibrate(1);
    EXPECT_GT(found.kept_rps, 0);
    EXPECT_GT(found.fresh_rps, 0);
    EXPECT_LE(found.lag_p50_us, found.lag_p99_us);
    EXPECT_GT(found.floor_p50_us, 0);
    EXPECT_GT(found.kept_utilisation, 0);
    EXPECT_LE(found.kept_utilisation, 1.1);
}

TEST(calibration, is_printed_for_people_and_for_programs) {
    calibration known;
    known.kept_rps = 80'000;
    known.floor_p50_us = 42.5;
    const auto parsed = boost::json::parse(json_of(known)).as_object();
    EXPECT_EQ(parsed.size(), 10U);
    EXPECT_DOUBLE_EQ(parsed.at("kept_rps").to_number<double>(), 80'000);
    EXPECT_DOUBLE_EQ(parsed.at("floor_p50_us").to_number<double>(), 42.5);
    EXPECT_NE(text_of(known).find("80000 requests/s on kept connections"), std::string::npos);
}

}  // namespace
}  // namespace loadgen
