#include "servers/database.hpp"

namespace servers {

reply reply_to(database_answer answer, bool head) {
    reply made{.body = R"({"result":"Task Complete!"})"};
    if (answer == database_answer::none_free) {
        made = error_reply(503, "no connection to the database came free in time");
    } else if (answer == database_answer::lost) {
        made = error_reply(503, "the connection to the database was lost; it is being reopened");
    }
    made.head = head;
    return made;
}

}  // namespace servers
