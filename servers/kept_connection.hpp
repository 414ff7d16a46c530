// A connection of a few threads that keep many: it has a thread only while there is something to do on it.
// Where a blocking_connection waits for a request that may never come, this one says at once that none has
// come, and its thread goes; waiting_room calls the next one when there is something to read.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <span>
#include <string_view>

#include "servers/blocking_connection.hpp"

namespace servers {

// A member of at most one of waiting_room's lists.
class kept_connection : public blocking_connection, public boost::intrusive::list_base_hook<> {
public:
    using blocking_connection::blocking_connection;

    // As blocking_connection's, except that nobody waits for what may never come: 0 where it has not.
    std::size_t read(std::span<char> room, bool may_never_come);
    std::size_t read_at_once(std::span<char> room);

    // Whether that was the end of the last conversation: nothing but the next request was waited for.
    [[nodiscard]] bool awaits_request() const { return awaits_request_; }
    // The socket, which names it among the server's.
    using blocking_connection::number;

    bool welcome = true;  // within the limit on connections

private:
    friend class waiting_room;

    std::size_t received(std::span<char> room, std::size_t got);

    char last_ = '\0';  // that was read
    bool awaits_request_ = false;
    bool has_come_ = false;  // something to read, or the end: one read will not wait
    bool watched_ = false;   // epoll knows it
    bool lingers_ = false;   // it has been told the end, and is waited for to close
    bool too_late_ = false;  // something came while it lingered
};

}  // namespace servers
