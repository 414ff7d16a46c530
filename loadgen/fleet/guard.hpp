// Stands between the launcher of an MPI job and the generator, so that the death of another rank does not
// take with it what this one has measured. When a rank dies, MPICH's launcher ends the others with SIGKILL,
// and Open MPI's with SIGTERM and, as soon as the first has ended on that, SIGKILL. Either meets the guard:
// the generator is its child, in a process group of its own, and hears of it as SIGTERM,
// with some seconds to end.
#pragma once

namespace loadgen {

// Before there is any thread. Returns in the child; the process that called it waits for that one's end,
// hands on SIGINT and SIGTERM, and ends as the child did. Throws std::system_error where there can be no
// child.
void continue_under_guard();

}  // namespace loadgen
