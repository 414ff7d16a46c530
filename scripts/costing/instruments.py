"""What counts: the server as it is, its context switches as the kernel counts them for each thread (proc(5));
under strace, which writes down its system calls; under callgrind, which does what every function cost."""

import re
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CommandFailed
from costing.costs import ALLOCATIONS, BYTES_READ, BYTES_WRITTEN, INSTRUCTIONS, INVOLUNTARY, SYSTEM_CALLS
from costing.costs import VOLUNTARY, Costs, Phases
from costing.load import Load
from costing.profile import Profile, combined, read_profile
from processes.machine import answer

# What compiles while it runs, by the names of its programs.
_COMPILING = (
    "node=Node nodejs=Node java=Java dotnet=.NET deno=Deno bun=Bun pypy=PyPy pypy3=PyPy luajit=LuaJIT"
)
_RUNTIMES = dict(pair.split("=") for pair in f"{_COMPILING} beam.smp=Erlang".split())
_STRACE = "-f -qq -ttt -s 0 -e signal=none".split()
_LINE = re.compile(r"(\d+) +(\d+\.\d+) (?:(\w+)\(|<\.\.\. \w+ resumed>)(.*)")
_RESULT = re.compile(r"= (\d+)(?: \(.*\))?$")
_READING = set("read readv pread64 preadv preadv2 recvfrom recvmsg".split())
_WRITING = set(
    "write writev pwrite64 pwritev pwritev2 sendto sendmsg sendfile splice copy_file_range".split()
)
_ANSWER_S = 60.0
_CALLGRIND = (
    "--quiet --tool=callgrind --trace-children=yes --collect-systime=yes --compress-strings=yes "
    "--compress-pos=yes --dump-instr=no --dump-line=yes --combine-dumps=no --separate-threads=no --vgdb=yes"
).split()


class AsItIs:
    """`prefix`, of each of these: the words before the server's command.

    `programs` by name; `lost`: threads that ended while they were counted, whose switches of that phase
    nobody knows."""

    prefix = ()

    def __init__(self) -> None:
        self.programs: set[str] = set()
        self.lost = 0
        self._last: dict[str, list[int]] = {}  # by thread

    def take(self, load: Load) -> dict[str, int]:
        """Since it was called last. Voluntary: the thread had to wait; else another was given its core."""
        load.find_processes()
        before, self._last = self._last, {}
        taken = {VOLUNTARY: 0, INVOLUNTARY: 0}
        for path in load.threads():
            with suppress(OSError):
                status = Path(f"{path}/status").read_text(errors="replace")
                self._last[path] = [*map(int, re.findall(r"voluntary_ctxt_switches:\t(\d+)", status))]
                for name, now, then in zip(taken, self._last[path], before.get(path, (0, 0))):
                    taken[name] += now - then
                self.programs.add(Path(f"{path}/exe").readlink().name)
        self.lost += len(before.keys() - self._last.keys())
        return taken

    def costs(self, switches: Phases) -> Costs:
        notes = []
        if runtime := self.compiling_runtime:
            why = "compiles while it runs, so that callgrind sees other instructions each time"
            notes.append(f"{runtime} {why}: system calls, bytes and context switches only")
        if any(re.fullmatch(r"python[\d.]*", name) for name in self.programs):
            notes.append("CPython: the functions are C's, of the interpreter and of its modules")
        if self.lost:
            ended = f"{self.lost} threads ended while they were counted"
            notes.append(f"{ended}: their context switches are in no count")
        return Costs(switches.counts(dict), notes=tuple(notes))

    @property
    def compiling_runtime(self) -> str | None:
        """Under which callgrind sees no functions, and not the same instructions twice."""
        return next((_RUNTIMES[name] for name in sorted(self.programs) if name in _RUNTIMES), None)


@dataclass
class SystemCall:
    """`moved`: bytes, of a call that reads or writes."""

    name: str
    when_s: float  # by time.time(), as strace has it
    moved: int = 0


class Strace:
    def __init__(self, folder: Path):
        self._file, self._since = folder / "calls.txt", 0.0
        self.prefix = ("strace", *_STRACE, "-o", str(self._file))

    def take(self, _load: Load) -> tuple[float, float]:
        """The time since this was called last."""
        since, self._since = self._since, time.time()
        return since, self._since

    def costs(self, intervals: Phases) -> Costs:
        """To be called when the server has ended, and all is written."""
        with self._file.open(encoding="utf-8", errors="replace") as file:
            calls = read_calls(file)
        made = intervals.mapped(lambda i: [call for call in calls if i[0] <= call.when_s < i[1]])
        return Costs(made.counts(call_figures))


def call_figures(calls: list[SystemCall]) -> dict[str, int]:
    """All of them and the bytes they moved; each by its name."""
    read, written = (sum(c.moved for c in calls if c.name in names) for names in (_READING, _WRITING))
    by_name = Counter(sorted(call.name for call in calls))
    return {SYSTEM_CALLS: len(calls), BYTES_READ: read, BYTES_WRITTEN: written, **by_name}


def read_calls(lines: Iterable[str]) -> list[SystemCall]:
    """Of what strace wrote, in the order in which they began. One that waits is two lines, `<unfinished ...>`
    and `resumed`, and counts from when it began; what it moved is in the second. One that had not ended when
    the file was read is counted all the same."""
    calls: list[SystemCall] = []
    waiting: dict[str, SystemCall] = {}  # by thread
    for match in filter(None, map(_LINE.match, lines)):  # others are of signals, or of a thread's end
        thread, when, name, rest = match.groups()
        if name:
            call = SystemCall(name, float(when))
            calls.append(call)
            if rest.endswith("<unfinished ...>"):
                waiting[thread] = call
        elif thread in waiting:  # else it began before the file did
            call = waiting.pop(thread)
        else:
            continue
        if call.name in _READING | _WRITING and (result := _RESULT.search(rest)):
            call.moved = int(result[1])
    return calls


class Callgrind:
    """In a folder that has no costs yet."""

    def __init__(self, folder: Path):
        self._folder, self._vgdb = folder, f"--vgdb-prefix={folder}/vgdb"
        self._seen: set[Path] = set()
        self.prefix = ("valgrind", *_CALLGRIND, f"--callgrind-out-file={folder}/costs.%p", self._vgdb)

    def take(self, _load: Load) -> list[Path]:
        """The files of what its processes did since this was called last. Raises CommandFailed."""
        # Those that listen to vgdb, by the pipes it has for each.
        pipes = self._folder.glob("vgdb-from-vgdb-to-*")
        pids = {path.name.removeprefix("vgdb-from-vgdb-to-").partition("-")[0] for path in pipes}
        for pid in sorted(pid for pid in pids if Path(f"/proc/{pid}").is_dir()):
            done = answer(["vgdb", self._vgdb, f"--pid={pid}", "dump"], _ANSWER_S)
            if done is None or done.returncode:
                words = " ".join((done.stderr + done.stdout).split())[-200:] if done else "no answer"
                fix = "it is asked through ptrace: allow that, as with docker run --cap-add SYS_PTRACE"
                raise CommandFailed(f"callgrind does not write what it counted: {words}: {fix}")
        fresh = {path for path in self._folder.glob("costs.*") if path.stat().st_size} - self._seen
        if not fresh:
            raise CommandFailed("callgrind wrote nothing: does the server's command start a program at all?")
        self._seen |= fresh
        return sorted(fresh)

    def costs(self, files: Phases) -> Costs:
        """To be called when the server has ended, whose timers go on."""

        def read(path: Path) -> tuple[Profile, float]:
            with path.open(encoding="utf-8", errors="replace") as file:
                return read_profile(file, path.name), 1.0

        return profile_costs(files.mapped(lambda paths: combined(map(read, paths))))


def profile_costs(profiles: Phases) -> Costs:
    """Instructions and allocations; the profile of a request."""
    counts = profiles.counts(lambda each: {INSTRUCTIONS: each.total, ALLOCATIONS: each.allocations})
    by_instructions = sorted(profiles.busy, key=lambda phase: phase.taken.total / phase.requests)
    busy = by_instructions[len(by_instructions) // 2]
    idle_times = -busy.seconds / profiles.idle_s / busy.requests
    idle = [(each.taken, idle_times) for each in profiles.idle]
    return Costs(counts, profile=combined([(busy.taken, 1 / busy.requests), *idle]))
