#include "servers/fiber_stacks.hpp"

#include <sys/mman.h>

#include <new>

namespace servers {
namespace {

// A few times what the deepest call takes: of memory it is only what was touched, two or three pages.
constexpr std::size_t stack_bytes = 64 * 1024;
constexpr std::size_t guard_bytes = 4096;
constexpr std::size_t most_kept = 1024;

std::byte* lowest_of(void* top) {
    return static_cast<std::byte*>(top) - stack_bytes - guard_bytes;
}

boost::context::stack_context described(void* top) {
    boost::context::stack_context stack;
    stack.size = stack_bytes;
    stack.sp = top;
    return stack;
}

boost::context::stack_context mapped() {
    constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
    void* const memory = ::mmap(nullptr, guard_bytes + stack_bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    if (::mprotect(memory, guard_bytes, PROT_NONE) != 0) {
        ::munmap(memory, guard_bytes + stack_bytes);
        throw std::bad_alloc();
    }
    return described(static_cast<std::byte*>(memory) + guard_bytes + stack_bytes);
}

void unmap(void* top) {
    ::munmap(lowest_of(top), guard_bytes + stack_bytes);
}

}  // namespace

fiber_stacks::~fiber_stacks() {
    while (kept_ != nullptr) {
        void* const top = kept_ + 1;
        kept_ = kept_->next;
        unmap(top);
    }
}

boost::context::stack_context fiber_stacks::take() {
    {
        const std::lock_guard lock(mutex_);
        if (kept_ != nullptr) {
            void* const top = kept_ + 1;
            kept_ = kept_->next;
            --kept_count_;
            return described(top);
        }
    }
    return mapped();
}

void fiber_stacks::give_back(const boost::context::stack_context& used) noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (kept_count_ < most_kept) {
            kept_ = new (static_cast<unused*>(used.sp) - 1) unused{kept_};
            ++kept_count_;
            return;
        }
    }
    unmap(used.sp);
}

}  // namespace servers
