#include "loadgen/live.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include "loadgen/live_view.hpp"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

exchange ended_after(nanoseconds service, outcome result = outcome::ok) {
    exchange x;
    x.service = service;
    x.result = result;
    return x;
}

TEST(live, quantiles_are_right_to_a_step_of_an_eighth) {
    live_counters counters;
    for (int i = 1; i <= 1000; ++i) counters.finished(ended_after(i * 1ms));
    live_totals totals;
    totals.add(counters);
    EXPECT_GE(totals.quantile(0.5), 500ms);
    EXPECT_LE(totals.quantile(0.5), 500ms * 9 / 8);
    EXPECT_GE(totals.quantile(0.99), 990ms);
    EXPECT_LE(totals.quantile(0.99), 990ms * 9 / 8);
}

TEST(live, any_latency_has_a_step) {
    live_counters counters;
    for (const nanoseconds value :
         {nanoseconds(-1), nanoseconds(0), nanoseconds(1), nanoseconds(1h), nanoseconds::max()})
        counters.finished(ended_after(value));
    live_totals totals;
    totals.add(counters);
    EXPECT_EQ(totals.ended, 5U);
    EXPECT_GE(totals.quantile(1), 1h);
}

TEST(live, adds_the_workers_up_into_one_line) {
    live_counters one, other;
    for (int i = 0; i < 30; ++i) one.started();
    for (int i = 0; i < 20; ++i) one.finished(ended_after(1ms));
    for (int i = 0; i < 5; ++i) other.started();
    for (int i = 0; i < 5; ++i) other.finished(ended_after(1ms, outcome::reset));
    live_totals now;
    now.add(one);
    now.add(other);
    plan what;
    what.load.requests = 100;
    const auto line = live_line(what, now, {}, 500ms, 250ms);
    EXPECT_EQ(line.substr(0, line.find("p50")), " 25 %  0.5 s  100/s  10 in flight  ");
    EXPECT_NE(line.find("5 failed"), std::string::npos) << line;
    EXPECT_LE(line.size(), 100U);
}

TEST(live, of_a_duration_knows_how_much_of_it_has_passed) {
    plan what;
    what.load.duration = 10s;
    EXPECT_TRUE(live_line(what, {}, {}, 2500ms, 250ms).starts_with(" 25 %"));
    EXPECT_TRUE(live_line(what, {}, {}, 11s, 250ms).starts_with("100 %"));
}

// The wait has ended when the run does, but its handler has yet to be called: it must not wait again, or the
// run on a terminal never ends.
TEST(live_view, stays_stopped_when_its_wait_has_just_ended) {
    boost::asio::io_context context{1};
    plan what;
    what.load.requests = 100;
    what.shows_progress = true;
    live_view view(context, what, {});
    view.start(clock::now() - 1s);  // due already, so that the handler is ready in the loop's first round
    boost::asio::post(context, [&] { view.stop(); });
    context.run_for(2s);
    EXPECT_TRUE(context.stopped()) << "nothing is left to wait for";
}

}  // namespace
}  // namespace loadgen
