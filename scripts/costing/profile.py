"""What functions cost: their own costs, and those of the calls between them. Pure.

A profile is of one file of callgrind's or several: their sum, or a difference of them divided by the requests
between. callgrind knows callers and callees, no whole stacks: what a function costs with all it calls is its
own cost and that of its calls.
"""

from collections import Counter
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


class Call(NamedTuple):
    caller: str
    callee: str


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
    """Of functions `own`, their instructions, and `kernel`, the system calls that they make themselves; of
    calls `calls`, how many there were, and `called`, the instructions of the callee with all that it called.

    `places`: where a function begins, and from where it is called most; not of the system's libraries."""

    own: Counter[str] = field(default_factory=Counter)
    kernel: Counter[str] = field(default_factory=Counter)
    calls: Counter[Call] = field(default_factory=Counter)
    called: Counter[Call] = field(default_factory=Counter)
    places: dict[str, Place] = field(default_factory=dict)
    call_places: dict[Call, Place] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return sum(self.own.values())

    @property
    def allocations(self) -> float:
        calls = self.calls.items()
        return sum(n for call, n in calls if is_allocator(call.callee) and not is_allocator(call.caller))

    @cached_property
    def inclusive(self) -> dict[str, float]:
        """With all that is called; of functions that call each other in a circle at most the total."""
        total = self.total
        return {function: min(cost, total) for function, cost in self.summed.items()}

    @cached_property
    def summed(self) -> Counter[str]:
        """The same, in a circle each as often as it is called."""
        costs = Counter(self.own)
        for call, cost in self.called.items():
            if call.caller != call.callee:
                costs[call.caller] += cost
                costs[call.callee] += 0.0
        return costs

    @cached_property
    def calls_to(self) -> dict[str, list[Call]]:
        groups: dict[str, list[Call]] = {}
        for call in self.calls:
            groups.setdefault(call.callee, []).append(call)
        return groups


def combined(parts: Iterable[tuple[Profile, float]]) -> Profile:
    """Each so many times: of a difference the second has -1."""
    whole = Profile()
    for part, times in parts:
        for name in ("own", "kernel", "calls", "called"):
            numbers = getattr(whole, name)
            for key, number in getattr(part, name).items():
                numbers[key] += times * number
        whole.places = part.places | whole.places
        whole.call_places = part.call_places | whole.call_places
    return whole


def is_allocator(function: str) -> bool:
    return function in _ALLOCATORS or function.startswith(_OPERATOR_NEW)
