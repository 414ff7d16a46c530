#include "loadgen/backlog.hpp"

#include <algorithm>
#include <utility>

namespace loadgen {
namespace {

constexpr nanoseconds burst_length = std::chrono::microseconds(100);
constexpr std::size_t first_capacity = 64;

}  // namespace

backlog::backlog(schedule behind) : behind_(std::move(behind)), bursts_(first_capacity) {}

void backlog::add(nanoseconds handed_out) {
    ++size_;
    if (!bursts_.empty() && handed_out - bursts_.back().handed_out < burst_length) {
        ++bursts_.back().requests;
        return;
    }
    if (bursts_.full()) bursts_.set_capacity(2 * bursts_.capacity());
    bursts_.push_back({handed_out, 1});
}

backlog::waiting backlog::take() {
    const auto request = *behind_.peek();
    behind_.take();
    --size_;
    const auto handed_out = std::max(bursts_.front().handed_out, request.due);
    if (--bursts_.front().requests == 0) bursts_.pop_front();
    return {request, handed_out};
}

}  // namespace loadgen
