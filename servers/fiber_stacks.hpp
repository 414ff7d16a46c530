// The stacks of a server's fibers. Below each is a page that nobody may touch, so that a fiber which needs
// more than it has ends the program instead of writing into its neighbour. Those that are given back are kept
// for the next, some of them, as mapping one anew costs a few calls and a fault for each of its pages.
#pragma once

#include <boost/context/stack_context.hpp>
#include <cstddef>
#include <mutex>

namespace servers {

class fiber_stacks {
public:
    fiber_stacks() = default;
    fiber_stacks(const fiber_stacks&) = delete;
    fiber_stacks& operator=(const fiber_stacks&) = delete;
    // All must have been given back.
    ~fiber_stacks();

    // For any thread: a connection is accepted on another than the one that its fiber ends on. take() throws
    // std::bad_alloc.
    [[nodiscard]] boost::context::stack_context take();
    void give_back(const boost::context::stack_context& used) noexcept;

private:
    // At the top of a stack that nobody uses.
    struct unused {
        unused* next;
    };

    std::mutex mutex_;  // of what follows
    unused* kept_ = nullptr;
    std::size_t kept_count_ = 0;
};

// As Boost.Context asks for it: copied into each fiber, whose stack goes back with it.
struct fiber_stack_allocator {
    fiber_stacks* stacks;

    boost::context::stack_context allocate() const { return stacks->take(); }
    void deallocate(const boost::context::stack_context& used) const noexcept { stacks->give_back(used); }
};

}  // namespace servers
