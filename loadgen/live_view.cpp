#include "loadgen/live_view.hpp"

#include <cstdio>
#include <utility>

#include <fmt/core.h>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

constexpr nanoseconds period = 250ms;
constexpr const char* empty_line = "\r\x1b[K";  // to the line's start, and erase to its end

}  // namespace

live_view::live_view(boost::asio::io_context& context, const plan& what,
                     std::vector<const live_counters*> workers)
    : timer_(context), plan_(what), workers_(std::move(workers)) {}

live_view::~live_view() {
    if (is_shown_) fmt::print(stderr, "{}", empty_line);
}

void live_view::start(clock::time_point at) {
    start_ = shown_at_ = at;
    if (plan_.shows_progress) wait();
}

// A wait that has ended already is not cancelled any more: it must not begin another.
void live_view::stop() {
    is_stopped_ = true;
    timer_.cancel();
}

void live_view::wait() {
    timer_.expires_at(shown_at_ + period);
    timer_.async_wait([this](boost::system::error_code fault) {
        if (fault || is_stopped_) return;
        show();
        wait();
    });
}

void live_view::show() {
    live_totals now;
    for (const auto* counters : workers_) now.add(*counters);
    const auto at = clock::now();
    fmt::print(stderr, "{}{}", empty_line, live_line(plan_, now, before_, at - start_, at - shown_at_));
    before_ = now;
    shown_at_ = at;
    is_shown_ = true;
}

}  // namespace loadgen
