// Memory for the frames of a thread's coroutines. Each request takes some and gives them back, in the same
// few sizes: what was given back is taken again, and nothing is allocated. Used on its thread alone.
#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace loadgen {

class frame_pool {
public:
    frame_pool() = default;
    frame_pool(const frame_pool&) = delete;
    frame_pool& operator=(const frame_pool&) = delete;
    ~frame_pool() {
        for (block* list : free_)
            while (list != nullptr) {
                block* const next = list->next;
                ::operator delete(list);
                list = next;
            }
    }

    void* take(std::size_t size) {
        const auto list = list_of(size);
        block* taken = list < lists ? free_[list] : nullptr;
        if (taken != nullptr)
            free_[list] = taken->next;
        else
            taken = static_cast<block*>(
                ::operator new(sizeof(block) + (list < lists ? (list + 1) * step : size)));
        taken->pool = this;
        return taken + 1;
    }

    // Of any pool's; the size it was taken with.
    static void give_back(void* frame, std::size_t size) noexcept {
        block* const given = static_cast<block*>(frame) - 1;
        const auto list = list_of(size);
        if (list >= lists) return ::operator delete(given);
        auto& free = given->pool->free_[list];
        given->next = free;
        free = given;
    }

private:
    struct alignas(std::max_align_t) block {
        union {
            frame_pool* pool;  // while it is taken
            block* next;       // while it is not
        };
    };
    static constexpr std::size_t step = 128, lists = 16;

    static std::size_t list_of(std::size_t size) { return (size - 1) / step; }

    std::array<block*, lists> free_{};
};

}  // namespace loadgen
