"""What functions cost: their own costs, and those of the calls between them. Numbers in, numbers out.

Pure. A profile is of one side, from one file of callgrind's or several: their sum, or a difference of them
divided by the requests between. callgrind knows callers and callees, no whole stacks: what a function costs
with all it calls is its own cost and that of its calls.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

NO_SYMBOLS = "(no symbols)"  # begins the name of all functions of an object that have none
# Functions that hand out memory; what one of them asks another for is not counted again.
_ALLOCATORS = set(
    "malloc calloc realloc reallocarray aligned_alloc posix_memalign memalign valloc pvalloc _mid_memalign "
    "__posix_memalign __libc_malloc __libc_calloc __libc_realloc __libc_memalign je_malloc je_calloc "
    "je_realloc mi_malloc mi_calloc mi_realloc tc_malloc tc_calloc tc_realloc runtime.mallocgc".split()
)
_OPERATOR_NEW = ("operator new(", "operator new[](", "tc_new", "je_new")


class Cost(NamedTuple):
    """`calls`: of the kernel."""

    instructions: float = 0.0
    calls: float = 0.0

    def plus(self, other: "Cost", times: float = 1.0) -> "Cost":
        return Cost(self.instructions + times * other.instructions, self.calls + times * other.calls)


class Call(NamedTuple):
    caller: str
    callee: str


class Calls(NamedTuple):
    """How often, and what the callee cost then, with all that it called."""

    count: float = 0.0
    cost: Cost = Cost()


class Place(NamedTuple):
    """A line of source code; the line is 0 where only the file is known."""

    file: str
    line: int

    def __str__(self) -> str:
        """Without the folders: those of two worktrees differ."""
        name = self.file.rpartition("/")[2]
        return f"{name}:{self.line}" if self.line else name


@dataclass
class Profile:
    """`places`: where a function begins, and from where it is called most; not of the system's libraries."""

    own: dict[str, Cost] = field(default_factory=dict)
    calls: dict[Call, Calls] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    call_places: dict[Call, Place] = field(default_factory=dict)

    @property
    def total(self) -> Cost:
        return Cost(*map(sum, zip(*self.own.values()))) if self.own else Cost()

    @property
    def allocations(self) -> float:
        asked = (call for call in self.calls if is_allocator(call.callee) and not is_allocator(call.caller))
        return sum(self.calls[call].count for call in asked)

    @cached_property
    def inclusive(self) -> dict[str, Cost]:
        """With all that is called; of functions that call each other in a circle at most the total."""
        costs = dict(self.own)
        for call, calls in self.calls.items():
            if call.caller != call.callee:
                costs[call.caller] = costs.get(call.caller, Cost()).plus(calls.cost)
                costs.setdefault(call.callee, Cost())
        total = self.total
        return {function: Cost(*map(min, cost, total)) for function, cost in costs.items()}

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
        for function, cost in part.own.items():
            whole.own[function] = whole.own.get(function, Cost()).plus(cost, times)
        for call, (count, cost) in part.calls.items():
            before = whole.calls.get(call, Calls())
            whole.calls[call] = Calls(before.count + times * count, before.cost.plus(cost, times))
        whole.places = part.places | whole.places
        whole.call_places = part.call_places | whole.call_places
    return whole


def is_allocator(function: str) -> bool:
    return function in _ALLOCATORS or function.startswith(_OPERATOR_NEW)
