"""What all the applications here answer, the same as our own servers: see servers/workload.hpp."""

from __future__ import annotations

DONE = {"result": "Task Complete!"}
PONG = {"result": "pong"}
HEALTHY = {"status": "ok"}
ARTICLE_WAIT_S = 5.0
_LONGEST_MS = 600_000


def wait_s(wait_ms: str | None) -> float:
    """The `wait_ms` of a query as seconds; raises ValueError for what is no sensible number of them."""
    milliseconds = int(wait_ms or 0)
    if not 0 <= milliseconds <= _LONGEST_MS:
        raise ValueError(f"wait_ms: {wait_ms} is not from 0 to {_LONGEST_MS}")
    return milliseconds / 1000
