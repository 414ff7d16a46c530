// A place where one coroutine waits until somebody resumes it: nothing is allocated, and it runs on at once,
// inside the call that resumes it.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

namespace loadgen {

class parking {
public:
    parking() = default;
    parking(const parking&) = delete;
    parking& operator=(const parking&) = delete;
    ~parking() {  // who still waits is never resumed: its frame is freed
        if (resume_ != nullptr) drop_(handler_);
    }

    bool is_taken() const { return resume_ != nullptr; }

    // To be awaited, by one coroutine at a time; ends when resumed. It does not keep an event loop running.
    auto wait() {
        return boost::asio::async_initiate<const boost::asio::deferred_t, void()>(
            [this](auto handler) { park(std::move(handler)); }, boost::asio::deferred);
    }

    template <class Handler>
    void park(Handler handler) {
        static_assert(sizeof(Handler) <= sizeof(handler_) && alignof(Handler) <= alignof(std::max_align_t));
        ::new (static_cast<void*>(handler_)) Handler(std::move(handler));
        resume_ = [](void* parked) {
            auto* const there = std::launder(static_cast<Handler*>(parked));
            Handler resumed(std::move(*there));
            there->~Handler();
            std::move(resumed)();
        };
        drop_ = [](void* parked) { std::launder(static_cast<Handler*>(parked))->~Handler(); };
    }

    void resume() {
        if (resume_ != nullptr) std::exchange(resume_, nullptr)(handler_);
    }

private:
    void (*resume_)(void* handler) = nullptr;  // null: nobody waits
    void (*drop_)(void* handler) = nullptr;
    alignas(std::max_align_t) std::byte handler_[64];
};

}  // namespace loadgen
