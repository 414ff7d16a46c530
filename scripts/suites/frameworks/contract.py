"""What all the applications here answer, the same as our own servers: see servers/workload.hpp."""

from collections.abc import Mapping

DONE = {"result": "Task Complete!"}
ANSWERS = {"/task": DONE, "/async-task": DONE, "/ping": {"result": "pong"}, "/health": {"status": "ok"}}
WAITING = ("/task", "/async-task")
_ARTICLE_WAIT_S = 5.0
_LONGEST_MS = 600_000


def wait_s(path: str, query: Mapping[str, str]) -> float:
    """How long the request waits; raises ValueError for a `wait_ms` that is no sensible number of them."""
    if path == "/async-task":
        return _ARTICLE_WAIT_S
    milliseconds = int(query.get("wait_ms") or 0)
    if not 0 <= milliseconds <= _LONGEST_MS:
        raise ValueError(f"wait_ms: {milliseconds} is not from 0 to {_LONGEST_MS}")
    return milliseconds / 1000
