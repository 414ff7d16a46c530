// Where the connections of a few threads are while nobody has asked for anything on them: one thread holds
// them all, which also accepts, keeps their limits of time and drains. Whoever has something to read is
// handed to the threads that serve requests: Tomcat, Puma and gunicorn's gthread have it so.
#pragma once

#include <atomic>
#include <boost/intrusive/list.hpp>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

#include "servers/descriptor.hpp"
#include "servers/kept_connection.hpp"
#include "servers/options.hpp"

namespace servers {

class waiting_room {
public:
    using owned = std::unique_ptr<kept_connection>;
    // Why a connection is closed that nobody was serving.
    enum class parting { overdue, ended, ended_too_late };  // the last: something came after the drain began

    // Options and listener must outlive it. `part` is called for each connection that it closes itself.
    // Throws std::system_error for want of files.
    waiting_room(const options& chosen, const descriptor& listener, std::function<void(owned, parting)> part);

    // For the thread that holds the connections: until it is woken and `draining`. Calls `accept` when there
    // is somebody to accept; when that returns false, for want of resources, it is not called for a while.
    void hold(const std::atomic<bool>& draining, const std::function<bool()>& accept);
    void wake();
    // For the same thread, after that: hands over whoever has asked for something by now, tells the others
    // the end, and returns when all are gone.
    void part_with_all();

    // For who accepts: has it wait for its first request, or served at once. False when it cannot be waited
    // for; it is the caller's then.
    [[nodiscard]] bool enter(owned& accepted);
    void enter_ready(owned accepted);

    // For the threads that serve: the next that has something to read; null when all are gone.
    [[nodiscard]] owned next();
    // Takes back what they have served, to wait for the next request. False as above.
    [[nodiscard]] bool park(owned& served);
    // For each that was next(), and is closed.
    void left();

private:
    using list = boost::intrusive::list<kept_connection>;

    void wait(const std::function<bool()>& accept);
    void tick();
    void linger(owned peer);
    void part(owned gone, bool overdue);
    [[nodiscard]] bool keep(kept_connection& idle);
    [[nodiscard]] bool watch(kept_connection& idle) const;
    void call(kept_connection& ready);
    void watch_listener(bool wanted);

    const options& options_;
    const int listener_;
    const std::function<void(owned, parting)> part_;
    const descriptor epoll_;
    const descriptor wakening_;
    // Of the holding thread.
    coarse_clock::time_point next_tick_{};
    coarse_clock::time_point accepts_from_{};
    bool paused_ = false;

    std::mutex mutex_;  // of what follows
    std::condition_variable called_;
    list waiting_;
    list ready_;
    std::size_t there_ = 0;  // those that wait, are ready, or are being served
    bool parting_ = false;
};

}  // namespace servers
