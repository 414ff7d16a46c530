"""What a request costs one side: each count, and where it is known the functions that it comes from. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from costing.calls_file import READING, WRITING, SystemCall
from costing.phases import Count, Phases, per_request
from costing.profile import Profile, combined
from costing.switches import Switches

INSTRUCTIONS, ALLOCATIONS, SYSTEM_CALLS = "instructions", "allocations", "system calls"
VOLUNTARY, INVOLUNTARY = "context switches, voluntary", "context switches, involuntary"
BYTES_READ, BYTES_WRITTEN = "bytes read", "bytes written"
# Functions that hand out memory; what one of them asks another for is not counted again.
ALLOCATORS = set(
    "malloc calloc realloc reallocarray aligned_alloc posix_memalign memalign valloc pvalloc _mid_memalign "
    "__posix_memalign __libc_malloc "
    "__libc_calloc __libc_realloc __libc_memalign je_malloc je_calloc je_realloc mi_malloc mi_calloc "
    "mi_realloc tc_malloc tc_calloc tc_realloc runtime.mallocgc".split()
)
_OPERATOR_NEW = ("operator new(", "operator new[](", "tc_new", "je_new")


@dataclass(frozen=True)
class Costs:
    """`counts` by name, `by_call` those of each system call; `notes`: what was not counted, and why.

    `profile`: per request, of the phase whose instructions are the median.
    """

    counts: dict[str, Count] = field(default_factory=dict)
    by_call: dict[str, Count] = field(default_factory=dict)
    profile: Profile | None = None
    notes: tuple[str, ...] = ()


def switch_counts(phases: Phases[Switches]) -> dict[str, Count]:
    return {
        VOLUNTARY: per_request(phases.mapped(lambda taken: taken.voluntary)),
        INVOLUNTARY: per_request(phases.mapped(lambda taken: taken.involuntary)),
    }


def call_counts(phases: Phases[Sequence[SystemCall]]) -> tuple[dict[str, Count], dict[str, Count]]:
    """All of them and the bytes they moved; each by its name."""

    def moved(names: set[str]) -> Count:
        return per_request(phases.mapped(lambda calls: sum(c.moved for c in calls if c.name in names)))

    counts = {
        SYSTEM_CALLS: per_request(phases.mapped(len)),
        BYTES_READ: moved(READING),
        BYTES_WRITTEN: moved(WRITING),
    }
    tallies = [Counter(call.name for call in phase.taken) for phase in phases.busy]
    names = sorted(set().union(*tallies))
    by_call = {
        name: per_request(phases.mapped(lambda calls, name=name: sum(c.name == name for c in calls)))
        for name in names
    }
    return counts, by_call


def profile_counts(phases: Phases[Profile]) -> tuple[dict[str, Count], Profile]:
    """Instructions and allocations; the profile of a request."""
    instructions = phases.mapped(lambda profile: profile.total.instructions)
    counts = {
        INSTRUCTIONS: per_request(instructions),
        ALLOCATIONS: per_request(phases.mapped(allocations_of)),
    }
    by_instructions = sorted(phases.busy, key=lambda p: p.taken.total.instructions / p.requests)
    busy = by_instructions[len(by_instructions) // 2]
    share = busy.seconds / phases.idle_s
    idle = [(each.taken, -share / busy.requests) for each in phases.idle]
    return counts, combined([(busy.taken, 1 / busy.requests), *idle])


def allocations_of(profile: Profile) -> float:
    return sum(
        calls.count
        for call, calls in profile.calls.items()
        if is_allocator(call.callee) and not is_allocator(call.caller)
    )


def is_allocator(function: str) -> bool:
    return function in ALLOCATORS or function.startswith(_OPERATOR_NEW)
