"""What all the applications here answer, the same as our own servers: see servers/workload.hpp."""

import asyncio
import time
from collections.abc import Mapping

_DONE = {"result": "Task Complete!"}
ANSWERS = {"/task": _DONE, "/async-task": _DONE, "/ping": {"result": "pong"}, "/health": {"status": "ok"}}
_WAITING = ("/task", "/async-task")
_ARTICLE_WAIT_S = 5.0
_LONGEST_MS = 600_000


def answer(path: str, query: Mapping[str, str]) -> dict[str, str]:
    """Blocks whatever calls it, a thread or an event loop."""
    if path in _WAITING:
        time.sleep(_wait_s(path, query))
    return ANSWERS[path]


async def async_answer(path: str, query: Mapping[str, str]) -> dict[str, str]:
    if path in _WAITING:
        await asyncio.sleep(_wait_s(path, query))
    return ANSWERS[path]


def _wait_s(path: str, query: Mapping[str, str]) -> float:
    """How long the request waits; raises ValueError for a `wait_ms` that is no sensible number of them."""
    if path == "/async-task":
        return _ARTICLE_WAIT_S
    milliseconds = int(query.get("wait_ms") or 0)
    if not 0 <= milliseconds <= _LONGEST_MS:
        raise ValueError(f"wait_ms: {milliseconds} is not from 0 to {_LONGEST_MS}")
    return milliseconds / 1000
