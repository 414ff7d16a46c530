"""Which core the server gets and which the clients: two that do not share one piece of silicon, if there are.

What the machine has is read from /sys; the choice itself is pure.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Pins(NamedTuple):
    server: int
    client: int


def pins() -> Pins | None:
    """None where this process may use one core only: nothing is pinned then."""
    return choose(sorted(os.sched_getaffinity(0)), siblings)


def share_a_core(chosen: Pins) -> bool:
    """Whether the two are threads of one core: all that some machines have, and less than a core each."""
    return chosen.client in siblings(chosen.server)


def choose(cores: list[int], siblings_of: Callable[[int], set[int]]) -> Pins | None:
    """The first core for the server; for the clients the last one that is not a thread of the same core."""
    if len(cores) < 2:
        return None
    server, *others = cores
    separate = [core for core in others if core not in siblings_of(server)]
    return Pins(server, (separate or others)[-1])


def siblings(core: int) -> set[int]:
    """The hardware threads of a core, itself included; of `0-1,4` the kernel means 0, 1 and 4."""
    try:
        text = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list").read_text()
    except OSError:
        return {core}
    ranges = re.findall(r"(\d+)(?:-(\d+))?", text)
    return {core for first, last in ranges for core in range(int(first), int(last or first) + 1)}
