"""What functions cost: their own costs, and those of the calls between them. Numbers in, numbers out.

Pure. A profile is of one side, from one file of callgrind's or several: their sum, or a difference of them
divided by the requests between. callgrind knows callers and callees, no whole stacks: what a function costs
with all it calls is its own cost and that of its calls.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple


NO_SYMBOLS = "(no symbols)"  # begins the name of all functions of an object that have none


class Cost(NamedTuple):
    """`calls`: of the kernel."""

    instructions: float = 0.0
    calls: float = 0.0

    def plus(self, other: "Cost", times: float = 1.0) -> "Cost":
        return Cost(self.instructions + times * other.instructions, self.calls + times * other.calls)


class Call(NamedTuple):
    """From one function to another."""

    caller: str
    callee: str


class Calls(NamedTuple):
    """How often, and what the callee cost then, with all that it called."""

    count: float = 0.0
    cost: Cost = Cost()

    def plus(self, other: "Calls", times: float = 1.0) -> "Calls":
        return Calls(self.count + times * other.count, self.cost.plus(other.cost, times))


class Place(NamedTuple):
    """A line of source code; the line is 0 where only the file is known."""

    file: str
    line: int

    def __str__(self) -> str:
        """Without the folders: those of two worktrees differ."""
        name = self.file.rpartition("/")[2]
        return f"{name}:{self.line}" if self.line else name


class Profile:
    """`places`: where a function begins, and from where it is called most; not of the system's libraries."""

    def __init__(self) -> None:
        self.own: dict[str, Cost] = {}
        self.calls: dict[Call, Calls] = {}
        self.places: dict[str, Place] = {}
        self.call_places: dict[Call, Place] = {}

    def add(self, other: "Profile", times: float = 1.0) -> None:
        for function, cost in other.own.items():
            self.own[function] = self.own.get(function, Cost()).plus(cost, times)
        for call, calls in other.calls.items():
            self.calls[call] = self.calls.get(call, Calls()).plus(calls, times)
        self.places = other.places | self.places
        self.call_places = other.call_places | self.call_places

    @property
    def total(self) -> Cost:
        whole = Cost()
        for cost in self.own.values():
            whole = whole.plus(cost)
        return whole

    @cached_property
    def inclusive(self) -> dict[str, Cost]:
        """With all that is called; of functions that call each other in a circle at most the total."""
        costs = dict(self.own)
        for call, calls in self.calls.items():
            if call.caller != call.callee:
                costs[call.caller] = costs.get(call.caller, Cost()).plus(calls.cost)
                costs.setdefault(call.callee, Cost())
        total = self.total
        return {
            function: Cost(min(cost.instructions, total.instructions), min(cost.calls, total.calls))
            for function, cost in costs.items()
        }

    @cached_property
    def callers(self) -> dict[str, list[str]]:
        return _grouped((call.callee, call.caller) for call in self.calls)

    @cached_property
    def callees(self) -> dict[str, list[str]]:
        return _grouped(self.calls)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def combined(parts: Iterable[tuple[Profile, float]]) -> Profile:
    """Each so many times: of a difference the second has -1."""
    whole = Profile()
    for part, times in parts:
        whole.add(part, times)
    return whole
