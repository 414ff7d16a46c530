"""A server as it is: which programs it runs, and its context switches, as the kernel counts them for each
thread (proc(5))."""

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from costing.resting import Resting, threads_of

_NAMES = (b"voluntary_ctxt_switches:", b"nonvoluntary_ctxt_switches:")


class Switches(NamedTuple):
    """Voluntary: the thread had to wait. Involuntary: another was given its core."""

    voluntary: int = 0
    involuntary: int = 0


class AsItIs:
    """`lost`: threads that ended while they were counted, whose switches of that phase nobody knows."""

    name = "switches"

    def __init__(self) -> None:
        self.programs: list[str] = []
        self.lost = 0
        self._last: dict[str, Switches] = {}

    def command(self, server: tuple[str, ...]) -> list[str]:
        return [*server]

    def begin(self, resting: Resting) -> None:
        self._resting = resting
        for process in resting.processes:
            with suppress(OSError):
                self.programs.append(Path(f"/proc/{process}/exe").readlink().name)

    def take(self) -> Switches:
        """Those since it was called last."""
        before, self._last = self._last, self._read()
        self.lost += len(before.keys() - self._last.keys())
        began = {thread: before.get(thread, Switches()) for thread in self._last}

        def passed(kind: int) -> int:
            return sum(now[kind] - began[thread][kind] for thread, now in self._last.items())

        return Switches(passed(0), passed(1))

    def _read(self) -> dict[str, Switches]:
        self._resting.refresh()
        counts = {}
        for path in threads_of(self._resting.processes):
            with suppress(OSError):
                lines = Path(f"{path}/status").read_bytes().splitlines()
                figures = dict(line.split(b"\t")[:2] for line in lines if b"_ctxt_switches" in line)
                counts[path] = Switches(*(int(figures[name]) for name in _NAMES))
        return counts
