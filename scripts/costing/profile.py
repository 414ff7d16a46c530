"""What functions cost, as callgrind counts it: their own costs, and those of the calls between them. Pure.

callgrind knows callers and callees, no whole stacks: what a function costs with all it calls is its own cost
and that of its calls. Its file is read after the specification (valgrind.org/docs/manual/cl-format.html). Of
what that allows, `valgrind --tool=callgrind` 3.x writes:

    events: Ir sysCount sysTime      what the numbers of a cost line are; those left out at its end are 0
    positions: line                  what a cost line begins with: `line`, `instr`, or both
    ob=(1) /usr/bin/serve            the object, the file and the function that cost lines are of, until the
    fl=(3) serve.cpp                 next such line; fi= and fe= change the file alone, for inlined code
    fn=(7) answer                    and until the next fn=. A name is written once, then its number alone;
    12 340                           objects, files and functions are numbered apart
    +2 17                            positions may be relative to those of the last cost line; * is the same
    cob=(2) cfi=(4) cfn=(9) malloc   a call: to whom, where that differs from the caller's own; how often and
    calls=5 20                       to which line; from which line, and what that cost with all it called
    14 900

Level 2 and more of a recursion is a function of its own there (`walk'2`), and is one with it here.
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
# What is no other function: a part that the compiler made one of its own, a version in the C library, a level
# of a recursion.
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
                costs[call.caller] += cost
                costs[call.callee] += 0.0
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
            numbers = getattr(whole, name)
            for key, number in getattr(part, name).items():
                numbers[key] += times * number
        whole.places = part.places | whole.places
        whole.call_places = part.call_places | whole.call_places
    return whole


def is_allocator(function: str) -> bool:
    return function in _ALLOCATORS or function.startswith(_OPERATOR_NEW)


def read_profile(lines: Iterable[str], name: str = "callgrind's file") -> Profile:
    """Raises CommandFailed, with the line's number."""
    reader = _Reader()
    for number, line in enumerate(lines, start=1):
        try:
            reader.read(line.rstrip("\n"))
        except (ValueError, KeyError, IndexError):
            fault = f"{name} line {number}: {line.strip()[:80]!r} is not as callgrind writes it"
            raise CommandFailed(f"{fault}: another version than 3.x?") from None
    for call, places in reader.sites.items():
        reader.profile.call_places[call] = max(places, key=places.__getitem__)
    return reader.profile


class _Reader:
    """`_at`: what the next costs are of; `fl` is the file that the function is of, `fi` that of the line."""

    def __init__(self) -> None:
        self.profile = Profile()
        self.sites: dict[Call, Counter[Place]] = defaultdict(Counter)
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
        name = _SUFFIX.sub("", name) if kind == "fn" else name
        if number is not None:
            key = ("fl" if kind in ("fi", "fe") else kind, number)
            name = self._names[key] = name or self._names[key]
        if kind == "fn":  # by name alone: two builds of one program may differ in that of the program
            of_object = (called and self._at["cob"]) or self._at["ob"]
            name = f"{NO_SYMBOLS} {of_object.rpartition('/')[2]}" if _NAMELESS.fullmatch(name) else name
        self._at[called + kind.replace("fe", "fi")] = name
        if called + kind in ("fl", "fn"):
            self._at["fi"] = self._at["fl"]

    def _add(self, costs: dict[str, int]) -> None:
        profile, function, here = self.profile, self._at["fn"], Place(self._at["fi"], self._line)
        # Of a source that people change: those of the system's libraries are not.
        is_placed = here.file != _UNKNOWN and here.line > 0 and not self._at["ob"].startswith(_SYSTEM)
        if self._calls is not None:
            call = Call(function, self._at["cfn"])
            profile.calls[call] += self._calls
            profile.called[call] += costs.get("Ir", 0)
            if is_placed:
                self.sites[call][here] += self._calls
            self._calls, self._at["cob"], self._at["cfn"] = None, "", ""
            return
        profile.own[function] += costs.get("Ir", 0)
        profile.kernel[function] += costs.get("sysCount", 0)
        if is_placed and here.file == self._at["fl"]:
            begin = profile.places.get(function, here)
            profile.places[function] = min(begin, here, key=lambda place: place.line)
