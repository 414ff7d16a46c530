#include "servers/database.hpp"

#include <algorithm>

namespace servers {

void tell(database_answer answer, reply& what) {
    if (answer == database_answer::done) return;
    const bool head = what.head;
    if (answer == database_answer::absent) {
        what = error_reply(501, "this server has no database: start it with --db CONNINFO");
    } else if (answer == database_answer::busy) {
        what = error_reply(503, "no database connection became free in time");
    } else {
        what = error_reply(503, "the database cannot be reached");
    }
    what.head = head;
}

void backoff::failed(clock::time_point now) {
    until_ = now + next_;
    next_ = std::min(2 * next_, longest);
}

}  // namespace servers
