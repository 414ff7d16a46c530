"""How a core spent its time, from /proc: how much of it the hypervisor took away, and the machine's load.

A figure that cannot be had is None; nothing here fails.
"""

from __future__ import annotations

import os
from pathlib import Path

_IDLE, _IOWAIT, _STEAL = 3, 4, 7  # user nice system idle iowait irq softirq steal, in this order
_COUNTED = 8


def times_of(core: int | None, stat: Path = Path("/proc/stat")) -> list[int] | None:
    """The core's counters in clock ticks (of all cores together for None)."""
    name = "cpu" if core is None else f"cpu{core}"
    try:
        lines = stat.read_text().splitlines()
    except OSError:
        return None
    for counter, *ticks in filter(None, map(str.split, lines)):
        if counter == name and len(ticks) >= _COUNTED:
            return [int(count) for count in ticks[:_COUNTED]]
    return None


def steal_share(before: list[int] | None, after: list[int] | None) -> float | None:
    """The share of the time between in which the hypervisor kept the core from running."""
    if before is None or after is None:
        return None
    total = sum(after) - sum(before)
    return max(after[_STEAL] - before[_STEAL], 0) / total if total > 0 else None


def busy_share(before: list[int] | None, after: list[int] | None) -> float | None:
    """The share of the time between in which the core was not idle; stolen time counts as busy."""
    if before is None or after is None:
        return None
    total = sum(after) - sum(before)
    idle = sum(after[at] - before[at] for at in (_IDLE, _IOWAIT))
    return 1 - idle / total if total > 0 else None


def load_1m() -> float | None:
    try:
        return os.getloadavg()[0]
    except OSError:
        return None
