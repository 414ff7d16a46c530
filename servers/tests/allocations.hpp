// Lets one allocation of the code under test fail. The program's own operator new and aligned_alloc (Asio's
// handlers) are replaced for it: see allocations.cpp.
#pragma once

#include <cstddef>

namespace servers::tests {

// The thread that makes it, a test's, is spared; of all others', the `number`-th allocation from now on
// fails, counting from 0. One at a time.
class failing_allocation {
public:
    explicit failing_allocation(std::size_t number);
    failing_allocation(const failing_allocation&) = delete;
    failing_allocation& operator=(const failing_allocation&) = delete;
    ~failing_allocation();

    // Whether it has failed by now.
    [[nodiscard]] bool has_failed() const;
};

}  // namespace servers::tests
