"""What counts: the server as it is, its context switches as the kernel counts them for each thread (proc(5));
under strace, which writes down its system calls; under callgrind, which does what every function cost."""

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cli.errors import CommandFailed
from costing.callgrind_file import read_profile
from costing.load import Load
from costing.phases import Phases
from costing.profile import Profile, combined
from processes.machine import answer

# What compiles while it runs, by the names of its programs.
_COMPILING = (
    "node=Node nodejs=Node java=Java dotnet=.NET deno=Deno bun=Bun pypy=PyPy pypy3=PyPy luajit=LuaJIT"
)
_RUNTIMES = dict(pair.split("=") for pair in f"{_COMPILING} beam.smp=Erlang".split())
_STRACE = "-f -qq -ttt -s 0 -e signal=none".split()
_LINE = re.compile(r"(\d+) +(\d+\.\d+) (.*)")
_BEGUN = re.compile(r"(\w+)\(")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>")
_RESULT = re.compile(r"= (\d+)(?: \(.*\))?$")
READING = set("read readv pread64 preadv preadv2 recvfrom recvmsg".split())
WRITING = set("write writev pwrite64 pwritev pwritev2 sendto sendmsg sendfile splice copy_file_range".split())
_ANSWER_S = 60.0
_CALLGRIND = (
    "--quiet --tool=callgrind --trace-children=yes --collect-systime=yes --compress-strings=yes "
    "--compress-pos=yes --dump-instr=no --dump-line=yes --combine-dumps=no --separate-threads=no --vgdb=yes"
).split()
Interval = tuple[float, float]  # by time.time(), as strace has it


class Switches(NamedTuple):
    """Voluntary: the thread had to wait. Involuntary: another was given its core."""

    voluntary: int = 0
    involuntary: int = 0


class AsItIs:
    """`programs` by name; `lost`: threads that ended while they were counted, whose switches of that phase
    nobody knows."""

    name = "switches"

    def __init__(self) -> None:
        self.programs: set[str] = set()
        self.lost = 0
        self._last: dict[str, Switches] = {}

    def command(self, server: tuple[str, ...]) -> list[str]:
        return [*server]

    def take(self, load: Load) -> Switches:
        """Those since it was called last."""
        load.find_processes()
        before, self._last = self._last, {}
        for path in load.threads():
            with suppress(OSError):
                status = Path(f"{path}/status").read_text(errors="replace")
                self._last[path] = Switches(*map(int, re.findall(r"voluntary_ctxt_switches:\t(\d+)", status)))
                self.programs.add(Path(f"{path}/exe").readlink().name)
        self.lost += len(before.keys() - self._last.keys())
        passed = [map(int.__sub__, now, before.get(path, Switches())) for path, now in self._last.items()]
        return Switches(*map(sum, zip(*passed)))

    @property
    def compiling_runtime(self) -> str | None:
        """Under which callgrind sees no functions, and not the same instructions twice."""
        return next((_RUNTIMES[name] for name in sorted(self.programs) if name in _RUNTIMES), None)

    def notes(self) -> Iterator[str]:
        if runtime := self.compiling_runtime:
            why = "compiles while it runs, so that callgrind sees other instructions each time"
            yield f"{runtime} {why}: system calls, bytes and context switches only"
        if any(re.fullmatch(r"python[\d.]*", name) for name in self.programs):
            yield "CPython: the functions are C's, of the interpreter and of its modules"
        if self.lost:
            yield f"{self.lost} threads ended while they were counted: their context switches are in no count"


@dataclass
class SystemCall:
    """`moved`: bytes, of a call that reads or writes."""

    name: str
    when_s: float
    moved: int = 0


class Strace:
    name = "system calls"

    def __init__(self, folder: Path):
        self._file = folder / "calls.txt"
        self._since = 0.0

    def command(self, server: tuple[str, ...]) -> list[str]:
        return ["strace", *_STRACE, "-o", str(self._file), *server]

    def take(self, _load: Load) -> Interval:
        """The time since this was called last."""
        since, self._since = self._since, time.time()
        return since, self._since

    def calls(self, intervals: Phases[Interval]) -> Phases[list[SystemCall]]:
        """Those of each phase; to be called when the server has ended, and all is written."""
        with self._file.open(encoding="utf-8", errors="replace") as file:
            calls = read_calls(file)
        return intervals.mapped(lambda each: [call for call in calls if each[0] <= call.when_s < each[1]])


def read_calls(lines: Iterable[str]) -> list[SystemCall]:
    """Of what strace wrote, in the order in which they began. One that waits is two lines, `<unfinished ...>` and
    `resumed`, and counts from when it began; what it moved is in the second. One that had not ended when the
    file was read is counted all the same."""
    calls: list[SystemCall] = []
    waiting: dict[str, SystemCall] = {}  # by thread
    for line in lines:
        match = _LINE.match(line.rstrip("\n"))
        thread, when, rest = match.groups() if match else ("", "", "")
        if begun := _BEGUN.match(rest):
            call = SystemCall(begun[1], float(when))
            calls.append(call)
            if rest.endswith("<unfinished ...>"):
                waiting[thread] = call
        elif _RESUMED.match(rest) and thread in waiting:  # else it began before the file did
            call = waiting.pop(thread)
        else:
            continue  # a signal, or the end of a thread
        if call.name in READING | WRITING and (result := _RESULT.search(rest)):
            call.moved = int(result[1])
    return calls


class Callgrind:
    """In a folder that has no costs yet."""

    name = "callgrind"

    def __init__(self, folder: Path):
        self._folder, self._prefix = folder, folder / "vgdb"
        self._seen: set[Path] = set()

    def command(self, server: tuple[str, ...]) -> list[str]:
        out = f"--callgrind-out-file={self._folder}/costs.%p"
        return ["valgrind", *_CALLGRIND, out, f"--vgdb-prefix={self._prefix}", *server]

    def take(self, _load: Load) -> list[Path]:
        """The files of what its processes did since this was called last. Raises CommandFailed."""
        # Those that listen to vgdb, by the pipes it has for each.
        begin = f"{self._prefix.name}-from-vgdb-to-"
        pids = {path.name.removeprefix(begin).partition("-")[0] for path in self._folder.glob(f"{begin}*")}
        for pid in sorted(pid for pid in pids if Path(f"/proc/{pid}").is_dir()):
            done = answer(["vgdb", f"--vgdb-prefix={self._prefix}", f"--pid={pid}", "dump"], _ANSWER_S)
            if done is None or done.returncode:
                words = " ".join((done.stderr + done.stdout).split())[-200:] if done else "no answer"
                fix = "it is asked through ptrace: allow that, as with docker run --cap-add SYS_PTRACE"
                raise CommandFailed(f"callgrind does not write what it counted: {words}: {fix}")
        fresh = {path for path in self._folder.glob("costs.*") if path.stat().st_size} - self._seen
        if not fresh:
            raise CommandFailed("callgrind wrote nothing: does the server's command start a program at all?")
        self._seen |= fresh
        return sorted(fresh)

    def profiles(self, files: Phases[list[Path]]) -> Phases[Profile]:
        """What they say, of each phase; not while the server runs, whose timers go on."""

        def read(path: Path) -> tuple[Profile, float]:
            with path.open(encoding="utf-8", errors="replace") as file:
                return read_profile(file, path.name), 1.0

        return files.mapped(lambda paths: combined(map(read, paths)))
