#include "servers/tests/allocations.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

constexpr std::int64_t none_fails = -1;  // and what is left after the failure

std::atomic<bool> armed{false};
std::atomic<std::int64_t> left{none_fails};
std::atomic<std::int64_t> failures{0};  // still to come, once none is left before them
thread_local bool spared = false;

[[maybe_unused]] bool must_fail() {
    if (!armed.load(std::memory_order_relaxed) || spared) return false;
    std::int64_t before = left.load();
    while (before > 0 && !left.compare_exchange_weak(before, before - 1)) {
    }
    if (before != 0) return false;
    if (failures.fetch_sub(1) == 1) left = none_fails;
    return true;
}

}  // namespace

#if !__has_feature(thread_sanitizer)

void* operator new(std::size_t size) {
    void* const memory = must_fail() ? nullptr : std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    void* memory = nullptr;
    return !must_fail() && ::posix_memalign(&memory, alignment, size) == 0 ? memory : nullptr;
}

#endif

namespace servers::tests {

failing_allocation::failing_allocation(std::size_t number, int in_a_row) : in_a_row_(in_a_row) {
    spared = true;
    failures = in_a_row;
    left = static_cast<std::int64_t>(number);
    armed = true;
}

failing_allocation::~failing_allocation() {
    armed = false;
    left = none_fails;
    spared = false;
}

bool failing_allocation::has_failed() const {
    return failures < in_a_row_;
}

}  // namespace servers::tests
