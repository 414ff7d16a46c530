#include "loadgen/pulse.hpp"

#include <algorithm>

namespace loadgen {

void pulse::begin(clock::time_point start) {
    meter_.open();
    first_ = before_ = meter_.read();
    start_ = last_ = start;
}

void pulse::beat(clock::time_point now) {
    const auto here = meter_.read();
    const auto waited = here.waiting - before_.waiting;
    // Neither at work, nor asleep until this beat, nor waiting for a core: stopped, or without a machine.
    const auto gone = now - last_ - period - (here.cpu - before_.cpu) - waited;
    const auto absent = gone > tolerance ? gone : nanoseconds(0);
    absent_ += absent;
    lost_ += absent + (waited > tolerance ? waited : nanoseconds(0));
    before_ = here;
    last_ = now;
}

utilisation pulse::shares(clock::time_point now) const {
    const std::chrono::duration<double> passed = std::max<nanoseconds>(now - start_, nanoseconds(1));
    const auto here = meter_.read();
    const auto share = [&](nanoseconds part) { return std::chrono::duration<double>(part) / passed; };
    return {share(here.cpu - first_.cpu - idle_), share(here.waiting - first_.waiting), share(absent_)};
}

}  // namespace loadgen
