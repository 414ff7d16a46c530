// What the two ways of asking a database share: what can come of it, and what the client is told.
#pragma once

#include <string>

#include "servers/options.hpp"
#include "servers/reply.hpp"

namespace servers {

enum class database_answer { done, none_free, lost };

// 200, or 503 with what was wrong.
[[nodiscard]] reply reply_to(database_answer answer, bool head);

// Whether this build has a database client (libpq) at all.
[[nodiscard]] bool has_database_client();

}  // namespace servers
