// Lets one allocation of the code under test fail. The program's own operator new and aligned_alloc (Asio's
// handlers) are replaced for it: see allocations.cpp.
#pragma once

#include <cstddef>

#if !defined(__has_feature)
#define __has_feature(name) 0
#endif

namespace servers::tests {

// ThreadSanitizer has an operator new of its own, which does not give way.
inline constexpr bool allocations_can_fail = !__has_feature(thread_sanitizer);
#define SKIP_UNLESS_ALLOCATIONS_CAN_FAIL() \
    if (!allocations_can_fail) GTEST_SKIP() << "this sanitizer's allocations cannot be made to fail"

// The thread that makes it, a test's, is spared; of all others', the `number`-th allocation from now on
// fails, counting from 0, and those after it as many as are to in a row. One at a time.
class failing_allocation {
public:
    explicit failing_allocation(std::size_t number, int in_a_row = 1);
    failing_allocation(const failing_allocation&) = delete;
    failing_allocation& operator=(const failing_allocation&) = delete;
    ~failing_allocation();

    // Whether one has failed by now.
    [[nodiscard]] bool has_failed() const;

private:
    int in_a_row_;
};

}  // namespace servers::tests
