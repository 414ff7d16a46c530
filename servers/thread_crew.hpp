// Threads that come and go, none of them lost: each is joined, at most one that has ended waits for it, and
// one can wait for all of them with a time limit. It is no pool: it runs what it is given at once or says
// that it cannot.
#pragma once

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

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
    // The same `count` times, each given its number from 0 on. Throws std::runtime_error with a line that
    // names `flag`, which asked for so many; those that could be started go on.
    void start_all(std::string_view flag, unsigned count, const std::function<void(unsigned)>& body);

    // Whether all threads have ended, waiting for that at most this long.
    [[nodiscard]] bool ended_within(std::chrono::milliseconds limit);

    // Threads running now.
    [[nodiscard]] std::size_t size() const;

private:
    struct task;
    static void* run(void* argument);
    void end();

    mutable std::mutex mutex_;
    std::condition_variable all_ended_;
    std::size_t running_ = 0;
    std::optional<pthread_t> ended_last_;
};

}  // namespace servers
