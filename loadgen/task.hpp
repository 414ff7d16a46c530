// A coroutine of a generator thread. It begins when it is awaited, and whoever awaits it goes on at once when
// it has ended, in the same call. Its frame is from the pool of its owner: a coroutine is a member of what
// has `frames()`.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "loadgen/frame_pool.hpp"

namespace loadgen {

template <class T>
class task;

namespace detail {

struct promise_of_any {
    template <class Owner, class... Arguments>
    static void* operator new(std::size_t size, Owner& owner, Arguments&&...) {
        return owner.frames().take(size);
    }
    static void operator delete(void* frame, std::size_t size) { frame_pool::give_back(frame, size); }

    struct end {
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
            const auto next = ended.promise().awaited_by;
            return next ? next : std::noop_coroutine();
        }
        void await_resume() const noexcept {}
    };

    std::suspend_always initial_suspend() const noexcept { return {}; }
    end final_suspend() const noexcept { return {}; }
    void unhandled_exception() { fault = std::current_exception(); }
    void rethrow() const {
        if (fault) std::rethrow_exception(fault);
    }

    std::coroutine_handle<> awaited_by;
    std::exception_ptr fault;
};

template <class T>
struct promise_of : promise_of_any {
    task<T> get_return_object();
    void return_value(T result) { value = std::move(result); }
    T result() {
        rethrow();
        return std::move(*value);
    }
    std::optional<T> value;
};

template <>
struct promise_of<void> : promise_of_any {
    task<void> get_return_object();
    void return_void() const {}
    void result() const { rethrow(); }
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] task {
public:
    using promise_type = detail::promise_of<T>;

    explicit task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
    task(task&& other) noexcept : frame_(std::exchange(other.frame_, {})) {}
    task& operator=(task&& other) noexcept {
        std::swap(frame_, other.frame_);
        return *this;
    }
    ~task() {
        if (frame_) frame_.destroy();
    }

    // Of one that nobody awaits.
    std::coroutine_handle<> handle() const { return frame_; }
    bool has_ended() const { return frame_.done(); }

    bool await_ready() const { return false; }
    // Runs on as far as it gets. Where that is to its end, there is nothing to wait for.
    bool await_suspend(std::coroutine_handle<> who) {
        frame_.resume();
        if (frame_.done()) return false;
        frame_.promise().awaited_by = who;
        return true;
    }
    T await_resume() { return frame_.promise().result(); }

private:
    std::coroutine_handle<promise_type> frame_;
};

namespace detail {

template <class T>
task<T> promise_of<T>::get_return_object() {
    return task<T>(std::coroutine_handle<promise_of>::from_promise(*this));
}

inline task<void> promise_of<void>::get_return_object() {
    return task<void>(std::coroutine_handle<promise_of>::from_promise(*this));
}

}  // namespace detail
}  // namespace loadgen
