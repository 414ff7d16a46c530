// The event loop of a generator thread: the sockets that its connections wait for, timers, and what is to be
// resumed. One call to the kernel fetches a batch of replies, where Asio's loop takes three.
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <utility>
#include <vector>

#include <boost/circular_buffer.hpp>

#include "loadgen/exchange.hpp"
#include "loadgen/frame_pool.hpp"
#include "loadgen/open_socket.hpp"
#include "loadgen/task.hpp"

namespace loadgen {

class loop;

// Where one coroutine waits until somebody resumes it: it runs on at once, inside the call that does.
class parking {
public:
    parking() = default;
    parking(const parking&) = delete;
    parking& operator=(const parking&) = delete;

    void park(std::coroutine_handle<> who) { who_ = who; }
    bool is_taken() const { return static_cast<bool>(who_); }
    std::coroutine_handle<> leave() { return std::exchange(who_, {}); }  // who waited, and is not resumed
    void resume() {
        if (who_) std::exchange(who_, {}).resume();
    }

    // To be awaited. (What is awaited here and below is small and refers to its place: g++ 12 copies it.)
    auto until_resumed() {
        struct wait {
            parking& place;
            bool await_ready() const { return false; }
            void await_suspend(std::coroutine_handle<> who) const { place.park(who); }
            void await_resume() const {}
        };
        return wait{*this};
    }

private:
    std::coroutine_handle<> who_;
};

// One socket's place in a loop, and the coroutine that waits there. Outlives its socket; `reset` before the
// next one.
class pollable {
public:
    explicit pollable(loop& owner) : loop_(owner) {}
    pollable(const pollable&) = delete;
    pollable& operator=(const pollable&) = delete;

    // To be awaited, by one coroutine at a time: ends with the next event, at once if one has come since the
    // last.
    auto changed() {
        struct wait {
            pollable& place;
            bool await_ready() const { return std::exchange(place.ready_, false); }
            void await_suspend(std::coroutine_handle<> who) const { place.parking_.park(who); }
            void await_resume() const {}
        };
        return wait{*this};
    }
    void wake();                              // ends `changed` without an event
    bool is_ended() const { return ended_; }  // the peer closed its side or broke the connection
    void reset() { ready_ = ended_ = false; }

private:
    friend class loop;

    void notify(bool ended);

    loop& loop_;
    parking parking_;
    bool ready_ = false;
    bool ended_ = false;
};

// Wakes one coroutine at an instant. Outlives the last run of its loop, which may hold an alarm of it.
class timer {
public:
    explicit timer(loop& owner) : loop_(owner) {}
    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;

    // To be awaited: ends then, or when it is cancelled. Returns whether the time has come.
    auto until(clock::time_point then) {
        struct wait {
            timer& on;
            clock::time_point then;
            bool await_ready() const { return false; }
            void await_suspend(std::coroutine_handle<> who) const { on.begin(then, who); }
            bool await_resume() const { return !on.was_cancelled_; }
        };
        return wait{*this, then};
    }
    void cancel();

private:
    friend class loop;

    void begin(clock::time_point then, std::coroutine_handle<> who);

    loop& loop_;
    parking parking_;
    std::uint64_t turn_ = 0;  // which of its waits this is: an alarm of another is none
    bool was_cancelled_ = false;
};

class loop {
public:
    static constexpr std::size_t most_events =
        128;  // fetched by one call; those beyond it come with the next

    loop();  // throws std::system_error
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    // How many coroutines will wait at most. To wait, and to be woken, then takes no memory.
    void make_room(std::size_t coroutines);

    // Begins with the next `run`; `ended` hears of its end, and what it threw.
    void spawn(task<> work, std::function<void(std::exception_ptr)> ended);

    // Until all that was spawned has ended. `idle`, if there is one, hears how long each look for events took
    // that found none, and then the loop looks again and never sleeps.
    void run(const std::function<void(nanoseconds)>& idle = {});
    void run_until(clock::time_point end);  // or until then

    // From any thread, at any time: has the loop call `heard` soon. Takes no memory.
    void interrupt();
    void on_interrupt(std::function<void()> heard) { on_interrupt_ = std::move(heard); }

    // To be awaited: once around, so that others have their turn and events are fetched.
    auto turn() {
        struct queued {
            loop& in;
            bool await_ready() const { return false; }
            void await_suspend(std::coroutine_handle<> who) { in.resume_soon(who); }
            void await_resume() const {}
        };
        return queued{*this};
    }

    // A socket once, which leaves by being closed or removed. Returns an errno, 0 if all is well.
    int add(int socket, pollable& place, bool and_writable);
    int add_writable(int socket, pollable& place);
    void remove(int socket);  // of one that is not closed, and nobody waits for

    frame_pool& frames() { return frames_; }

private:
    friend class pollable;
    friend class timer;

    struct alarm {
        clock::time_point at;
        timer* who;
        std::uint64_t turn;
        bool operator<(const alarm& other) const {
            return at > other.at;
        }  // the earliest is on top of the heap
    };

    task<> see_through(task<> work, std::function<void(std::exception_ptr)> ended);
    void resume_soon(std::coroutine_handle<> who);
    void set(alarm next);
    bool go_once(bool may_sleep, clock::time_point until);
    bool resume_ready();
    bool expire(clock::time_point now);
    bool fetch(nanoseconds longest);

    frame_pool frames_;
    open_socket set_, bell_;
    std::list<task<>> roots_;
    std::size_t alive_ = 0;
    boost::circular_buffer<std::coroutine_handle<>> ready_;
    std::vector<alarm> alarms_;  // a heap; those of waits that were cancelled stay until their time
    std::function<void()> on_interrupt_;
};

}  // namespace loadgen
