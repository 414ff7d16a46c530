#include "loadgen/pulse.hpp"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// Time is injected: a beat is told when it is, and this thread has used hardly any of it. What is not
// injected is how long it waits for a core meanwhile: that is a loss too, and nothing on an idle machine.
class waits {
public:
    waits() {
        meter_.open();
        first_ = meter_.read().waiting;
    }
    [[nodiscard]] nanoseconds so_far() const { return meter_.read().waiting - first_; }

private:
    thread_meter meter_;
    nanoseconds first_{0};
};

TEST(pulse, a_beat_in_time_has_lost_nothing) {
    const waits real;
    pulse beats;
    const auto start = clock::now();
    beats.begin(start);
    for (int i = 1; i <= 100; ++i) beats.beat(start + i * pulse::period);
    EXPECT_LE(beats.lost(), real.so_far());
}

TEST(pulse, a_beat_that_comes_late_has_lost_the_time) {
    const waits real;
    pulse beats;
    const auto start = clock::now();
    beats.begin(start);
    beats.beat(start + 2ms);
    EXPECT_TRUE(beats.is_overdue(start + 102ms));
    beats.beat(start + 102ms);
    EXPECT_GE(beats.lost(), 90ms);  // 98 less what this thread itself has used
    EXPECT_LE(beats.lost(), 100ms + real.so_far());
    const auto before = beats.lost();
    beats.beat(start + 104ms);
    EXPECT_LE(beats.lost(), before + real.so_far());
    EXPECT_NEAR(beats.shares(start + 1s).absent, 0.098, 0.01);
}

TEST(pulse, own_work_is_no_loss) {
    const waits real;
    pulse beats;
    const auto start = clock::now();
    beats.begin(start);
    thread_meter meter;
    meter.open();
    const auto first = meter.read();
    auto used = first;
    while (used.cpu - first.cpu < 20ms) used = meter.read();
    beats.beat(start + (used.cpu - first.cpu) + (used.waiting - first.waiting));
    EXPECT_LE(beats.lost(), real.so_far());
}

TEST(pulse, looking_for_work_in_vain_is_not_work) {
    pulse beats;
    const auto start = clock::now();
    beats.begin(start);
    thread_meter meter;
    meter.open();
    const auto first = meter.read().cpu;
    while (meter.read().cpu - first < 5ms) continue;
    const auto all = beats.cpu();
    for (int i = 0; i < 400; ++i) beats.note_idle(10us);
    EXPECT_NEAR(static_cast<double>((all - beats.cpu()).count()), 4e6, 0.5e6);
    EXPECT_LT(beats.shares(start + 5ms).running, 0.9);
    beats.note_idle(1s);  // not a look for work: it had no core
    EXPECT_GT(beats.cpu(), 0ns);
}

}  // namespace
}  // namespace loadgen
