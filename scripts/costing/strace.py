"""A server under strace, which writes down each of its system calls, and when it began."""

import time
from pathlib import Path

from costing.calls_file import SystemCall, read_calls
from costing.phases import Phases
from costing.resting import Resting

_FLAGS = "-f -qq -ttt -s 0 -e signal=none".split()
Interval = tuple[float, float]  # by time.time(), as strace has it


class Strace:
    name = "system calls"

    def __init__(self, folder: Path):
        self._file = folder / "calls.txt"
        self._since = 0.0

    def command(self, server: tuple[str, ...]) -> list[str]:
        return ["strace", *_FLAGS, "-o", str(self._file), *server]

    def begin(self, resting: Resting) -> None:
        pass

    def take(self) -> Interval:
        """The time since this was called last."""
        since, self._since = self._since, time.time()
        return since, self._since

    def calls(self, intervals: Phases[Interval]) -> Phases[list[SystemCall]]:
        """Those of each phase; to be called when the server has ended, and all is written."""
        with self._file.open(encoding="utf-8", errors="replace") as file:
            calls = read_calls(file)

        def within(interval: Interval) -> list[SystemCall]:
            since, until = interval
            return [call for call in calls if since <= call.when_s < until]

        return intervals.mapped(within)
