"""What functions cost, as callgrind counts it: their own costs, and those of the calls between them. Pure.

It knows callers and callees, no whole stacks: what a function costs with all it calls is its own cost and
that of its calls. Of what its format allows (valgrind.org/docs/manual/cl-format.html) version 3.x writes:

    events: Ir sysCount sysTime   what the numbers of a cost line are; those left out at its end are 0
    positions: line               what a cost line begins with: `line`, `instr`, or both
    ob=(1) /usr/bin/serve         object, file and function of cost lines until the next such line; fi= and
    fl=(3) serve.cpp              fe= change the file alone, for inlined code, until the next fn=. A name is
    fn=(7) answer                 written once, then its number alone; each kind is numbered apart
    +2 17                         a position may be relative to that of the last cost line; * is the same
    cfn=(9) malloc                a call: of whom; cob=, cfi=: where that is not the caller's object or file
    calls=5 20                    how often, and to which line; next, from which line, and all that it cost
    14 900
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from cli.errors import CommandFailed

NO_SYMBOLS = "(no symbols)"  # begins the name of all functions of an object that have none
# Functions that hand out memory; what one of them asks another for is not counted again.
_ALLOCATORS = set(
    "malloc calloc realloc reallocarray aligned_alloc posix_memalign memalign valloc pvalloc _mid_memalign "
    "__posix_memalign __libc_malloc __libc_calloc __libc_realloc __libc_memalign je_malloc je_calloc "
    "je_realloc mi_malloc mi_calloc mi_realloc tc_malloc tc_calloc tc_realloc runtime.mallocgc".split()
)
_OPERATOR_NEW = ("operator new(", "operator new[](", "tc_new", "je_new")
_SPECIFICATION = re.compile(r"(c?)(ob|fl|fi|fe|fn)=\s*(?:\((\d+)\))?\s*(.*)")
# No other function: a part that the compiler made one, a version in the C library, a level of a recursion.
_PARTS = "(?:constprop|part|isra|cold)"
_PART = rf" \[clone \.{_PARTS}[.\d]*\]|\.{_PARTS}\b[.\d]*"
_SUFFIX = re.compile(rf"(?:{_PART})*(?:@@?[A-Z]+_[\d.]+)?(?:'\d+)?$")
_NAMELESS = re.compile(r"0x[0-9a-f]+|\?\?\?")
_POSITION, _UNKNOWN = set("0123456789+-*"), "???"
_SYSTEM = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "/usr/libexec/")


class Call(NamedTuple):
    caller: str
    callee: str


class Place(NamedTuple):
    """A line of source code."""

    file: str
    line: int

    def __str__(self) -> str:
        """Without the folders: those of two worktrees differ."""
        return f"{self.file.rpartition('/')[2]}:{self.line}"


@dataclass
class Profile:
    """Of functions `own`, their instructions, and `kernel`, the system calls that they make themselves; of
    calls `calls`, how many there were, and `called`, the instructions of the callee with all that it called;
    `places`: where a function begins, and from where it is called most; not of the system's libraries."""

    own: Counter[str] = field(default_factory=Counter)
    kernel: Counter[str] = field(default_factory=Counter)
    calls: Counter[Call] = field(default_factory=Counter)
    called: Counter[Call] = field(default_factory=Counter)
    places: dict[str, Place] = field(default_factory=dict)
    call_places: dict[Call, Place] = field(default_factory=dict)

    @cached_property
    def total(self) -> float:
        return sum(self.own.values())

    @property
    def allocations(self) -> float:
        calls = self.calls.items()
        return sum(n for call, n in calls if is_allocator(call.callee) and not is_allocator(call.caller))

    @cached_property
    def inclusive(self) -> dict[str, float]:
        """With all that is called; of functions that call each other in a circle at most the total."""
        return {function: min(cost, self.total) for function, cost in self.summed.items()}

    @cached_property
    def summed(self) -> Counter[str]:
        """The same, in a circle each as often as it is called."""
        costs = Counter(self.own)
        for call, cost in self.called.items():
            if call.caller != call.callee:
                costs.update({call.caller: cost, call.callee: 0.0})
        return costs

    @cached_property
    def links(self) -> dict[tuple[str, str], list[Call]]:
        """The calls by ("from", function) and ("to", function)."""
        links = defaultdict(list)
        for call in self.calls:
            links["from", call.caller].append(call)
            links["to", call.callee].append(call)
        return links


def combined(parts: Iterable[tuple[Profile, float]]) -> Profile:
    """Each so many times: of a difference the second has -1."""
    whole = Profile()
    for part, times in parts:
        for name in ("own", "kernel", "calls", "called"):
            numbers = getattr(part, name).items()
            getattr(whole, name).update({key: times * number for key, number in numbers})
        whole.places = part.places | whole.places
        whole.call_places = part.call_places | whole.call_places
    return whole


def is_allocator(function: str) -> bool:
    return function in _ALLOCATORS or function.startswith(_OPERATOR_NEW)


def read_profile(text: str, name: str = "callgrind's file") -> Profile:
    """Raises CommandFailed, with the line's number."""
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            reader.read(line)
        except (ValueError, KeyError, IndexError):
            fault = f"{name} line {number}: {line.strip()[:80]!r} is not as callgrind writes it"
            raise CommandFailed(f"{fault}: another version than 3.x?") from None
    return reader.profile


class _Reader:
    """`_at`: what the next costs are of; `fl` is the file that the function is of, `fi` that of the line."""

    def __init__(self) -> None:
        self.profile = Profile()
        self._sites: dict[Call, Counter[Place]] = defaultdict(Counter)
        self._names: dict[tuple[str, str], str] = {}
        self._at = dict.fromkeys(("ob", "fl", "fi", "fn"), _UNKNOWN) | {"cob": "", "cfn": ""}
        self._events, self._positions, self._line = ["Ir"], 1, 0
        self._calls: int | None = None  # of the call whose costs are in the next line; it may be 0

    def read(self, line: str) -> None:
        if line[:1] in _POSITION:
            word, *numbers = line.split()[self._positions - 1 :]
            if word != "*":
                self._line = int(word, 0) + (self._line if word[0] in "+-" else 0)
            self._add(dict(zip(self._events, map(int, numbers))))
        elif line.startswith("calls="):
            # The line of the target is left alone: it is no position that later ones are relative to.
            self._calls = int(line.removeprefix("calls=").split()[0], 0)
        elif match := _SPECIFICATION.match(line):
            self._name(*match.groups())
        elif line.startswith("events:"):
            self._events = line.split()[1:]
        elif line.startswith("positions:"):
            self._positions = len(line.split()) - 1
        elif line and line[0] != "#" and ":" not in line:  # jump= and jcnd= too, of --collect-jumps=yes
            raise ValueError(line)

    def _name(self, called: str, kind: str, number: str | None, name: str) -> None:
        kind = kind.replace("fe", "fi")
        name = _SUFFIX.sub("", name) if kind == "fn" else name
        if number is not None:
            key = (kind.replace("fi", "fl"), number)
            name = self._names[key] = name or self._names[key]
        if kind == "fn" and _NAMELESS.fullmatch(name):
            # By name alone: two builds of one program may differ in that of the program.
            name = f"{NO_SYMBOLS} {(called and self._at['cob'] or self._at['ob']).rpartition('/')[2]}"
        self._at[called + kind] = name
        if called + kind in ("fl", "fn"):
            self._at["fi"] = self._at["fl"]

    def _add(self, costs: dict[str, int]) -> None:
        profile, function, here = self.profile, self._at["fn"], Place(self._at["fi"], self._line)
        # Of a source that people change: those of the system's libraries are not.
        is_placed = here.file != _UNKNOWN and here.line > 0 and not self._at["ob"].startswith(_SYSTEM)
        if self._calls is None:
            profile.own[function] += costs.get("Ir", 0)
            profile.kernel[function] += costs.get("sysCount", 0)
            if is_placed and here.file == self._at["fl"]:
                profile.places[function] = min(profile.places.get(function, here), here, key=lambda p: p.line)
            return
        call = Call(function, self._at["cfn"])
        profile.calls[call] += self._calls
        profile.called[call] += costs.get("Ir", 0)
        if is_placed:
            places = self._sites[call]
            places[here] += self._calls
            profile.call_places[call] = max(places, key=places.__getitem__)
        self._calls, self._at["cob"], self._at["cfn"] = None, "", ""
