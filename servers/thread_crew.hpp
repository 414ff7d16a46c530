// Threads that come and go, none of them lost: each is joined, and one can wait for all of them with a time
// limit, or interrupt what they wait for. It is no pool: it runs what it is given at once or says that it
// cannot.
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <string_view>
#include <utility>

namespace servers {

class thread_crew {
public:
    thread_crew() = default;
    thread_crew(const thread_crew&) = delete;
    thread_crew& operator=(const thread_crew&) = delete;
    // Waits for every thread, however long that takes.
    ~thread_crew();

    // Runs `body`, which must not throw, on a new thread. Throws std::system_error when there can be no more
    // threads.
    void start(std::function<void()> body);
    // The same `count` times, each given its number from 0 on, or not at all: none begins before all are
    // there, as what they need would be missing to those after them. Throws std::runtime_error with a line
    // that names `flag`, which asked for so many.
    void start_all(std::string_view flag, unsigned count, const std::function<void(unsigned)>& body);

    // Whether all threads have ended, waiting for that at most this long.
    [[nodiscard]] bool ended_within(std::chrono::milliseconds limit);
    // The same, while every system call that one of them waits in is interrupted (EINTR), again and again as
    // it may have been about to begin.
    [[nodiscard]] bool interrupted_and_ended_within(std::chrono::milliseconds limit);

    // Threads running now.
    [[nodiscard]] std::size_t size() const;

private:
    struct task {
        task(thread_crew& owner, std::function<void()> given) : crew(owner), body(std::move(given)) {}

        thread_crew& crew;
        std::function<void()> body;
        std::list<task>::iterator place{};
        pthread_t handle{};
        std::atomic<bool> interruptible{false};  // it runs, and knows its handle
    };
    static void* run(void* argument);
    void end(task& self);
    void join_ended();

    mutable std::mutex mutex_;  // of what follows
    std::condition_variable all_ended_;
    std::list<task> running_;
    std::list<task> ended_;
};

}  // namespace servers
