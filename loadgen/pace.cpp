#include "loadgen/pace.hpp"

#include <algorithm>
#include <cmath>

namespace loadgen {
namespace {

double slope(const stage& s) {
    return (s.to_rps - s.from_rps) / s.seconds;
}

// Of a stage that lasts so long, or longer.
double requests_in(const stage& s, double seconds) {
    return seconds >= s.seconds ? (s.from_rps + s.to_rps) / 2 * s.seconds
                                : (s.from_rps + slope(s) * seconds / 2) * seconds;
}

}  // namespace

double pace::due_by(double seconds) const {
    double requests = 0;
    for (const auto& s : stages_) {
        if (seconds <= 0) break;
        requests += requests_in(s, seconds);
        seconds -= s.seconds;
    }
    return requests;
}

// The root of from t + slope t^2 / 2 = requests, in the form that loses no digits where the slope is small or
// zero.
double pace::instant_of(double requests) const {
    double begins = 0;
    for (const auto& s : stages_) {
        const double all = requests_in(s, s.seconds);
        if (requests < all) {
            if (requests <= 0) return begins;
            const double now = std::sqrt(std::max(s.from_rps * s.from_rps + 2 * slope(s) * requests, 0.0));
            return begins + 2 * requests / (s.from_rps + now);
        }
        requests -= all;
        begins += s.seconds;
    }
    return std::numeric_limits<double>::infinity();
}

double pace::highest_rps() const {
    double highest = 0;
    for (const auto& s : stages_) highest = std::max({highest, s.from_rps, s.to_rps});
    return highest;
}

double pace::seconds() const {
    double all = 0;
    for (const auto& s : stages_) all += s.seconds;
    return all;
}

}  // namespace loadgen
