"""The costs of the cells of two sides, counted: each server is run three times with the same load, as each
instrument changes what the others count: as it is, for the context switches of its threads (proc(5)); under
strace, which writes down its system calls; under callgrind, which does what every function cost."""

import re
import shutil
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from cli.errors import CommandFailed
from costing.costs import BYTES_READ, BYTES_WRITTEN, INVOLUNTARY, PHASES, SYSTEM_CALLS, VOLUNTARY
from costing.costs import CellCosts, Costs, Phase, Phases, profile_costs
from costing.load import Load, read_request
from costing.profile import Profile, combined, read_profile
from costing.words import judgement
from processes.kept_process import Interrupts
from processes.machine import answer, pins
from processes.server_process import ServerProcess
from sides.asked import AskedSides
from sides.sides import SIDES, Cell, Served
from text.judgement import Judgement

_COMPILING = set("node nodejs java dotnet deno bun pypy pypy3 luajit beam.smp".split())
_STRACE = "strace -f -qq -ttt -s 0 -e signal=none -o".split()
_CALL = re.compile(r"^(\d+) +(\d+\.\d+) (?:(\w+)\(|<\.\.\. \w+ resumed>)(.*)", re.MULTILINE)
_RESULT = re.compile(r"= (\d+)(?: \(.*\))?$")
_READING = {*"read readv pread64 preadv preadv2 recvfrom recvmsg".split()}
_WRITING = {*"write writev pwrite64 pwritev pwritev2 sendto sendmsg sendfile splice copy_file_range".split()}
_CALLGRIND = (
    "valgrind --quiet --tool=callgrind --trace-children=yes --collect-systime=yes --compress-strings=yes "
    "--compress-pos=yes --dump-instr=no --dump-line=yes --combine-dumps=no --separate-threads=no --vgdb=yes"
).split()
# A hash seed of its own would put other keys into one bucket each time, and CPython's own allocator would
# hide what it is asked for.
_ENVIRONMENT = {"PYTHONHASHSEED": "0", "PYTHONMALLOC": "malloc"}
_GRACE_S, _ANSWER_S, _SLOWER = 2.0, 60.0, 20  # the last: a start under callgrind
_PHASE_S = 2.0  # of five, and of as long a time without a request
_WARM_UP, _WARM_UP_S, _AT_A_TIME = 100, 4.0, 10  # requests, or for as long
_SIZES = (2_000, 500, 200, 100, 50, 20, 10)  # a date written anew, once a second, is some 300 instructions
_IDLE_S = (0.5, 2.0)  # at least, at most


def count_cells(
    cells: Sequence[Cell],
    asked: AskedSides,
    tell: Callable[[str], None],
    sides: Sequence[str] = SIDES,
    connections: int = 1,
    requests: int | None = None,
) -> list[CellCosts]:
    """Of both sides, or of the baseline alone. `requests`: of each phase; None: as many as there is time for,
    the second side as many as the first. Raises CommandFailed."""
    fix = "is not installed: scripts/setup --costs installs it"
    if missing := [f"{name} {fix}" for name in ("valgrind", "strace") if shutil.which(name) is None]:
        raise CommandFailed(missing)
    counted, cores = [], pins()
    with Interrupts() as interrupts:
        for cell in cells:
            request = read_request(asked.request_flags, cell.target, cell.connection_mode == "fresh")
            load = partial(Load, asked=request, connections=connections, interrupts=interrupts)
            how = {"ready_path": cell.ready_path, "cpus": cores and cores[:1], "environment": _ENVIRONMENT}
            serve = partial(ServerProcess, interrupts=interrupts, **how)
            costs, sizes = [], defaultdict(lambda: requests)
            for side in sides:
                tell(f"counting {cell.name}, {side}")
                try:
                    costs.append(_costs(cell.sides[side], serve, asked.start_limit_ms / 1000, load, sizes))
                except CommandFailed as failure:
                    raise CommandFailed(
                        f"{cell.name}: the {side}: {each}" for each in failure.mistakes
                    ) from None
            counted.append(CellCosts(cell.name, *costs))
    return counted


def explain(cells: Sequence[Cell], asked: AskedSides, tell: Callable[[str], None]) -> Judgement:
    """What grew, beside another judgement; where it cannot be counted, why not."""
    try:
        return judgement(count_cells(cells, asked, tell), {})
    except CommandFailed as failure:
        return Judgement("costs", "failed", "; ".join(failure.mistakes))


def _costs(served: Served, serve: partial, start_s: float, load: partial, sizes: dict[str, int]) -> Costs:
    """`sizes`: of phases, by instrument. Raises CommandFailed."""
    if served.attached:
        raise CommandFailed("a server that runs already cannot be counted: it has to be started here")
    notes = []

    def run(take: Callable[[Load], Any], *instrument: str, slower: int = 1) -> Phases:
        kind = "".join(instrument[:1])
        with serve([*instrument, *served.command], folder / f"log.{kind}", cwd=served.cwd) as server:
            with closing(load(server.pid, server.wait_until_ready(start_s * slower))) as running:
                try:
                    phases = measured(running, take, sizes[kind])
                except CommandFailed:
                    if not server.has_ended:
                        raise
                    raise CommandFailed(f"{server.ended} while it was counted{server.said()}") from None
            if not running.patience:
                notes.append("it never rests: what it always does is taken off as it did it without requests")
            server.stop(_GRACE_S)
        sizes[kind] = phases.busy[0].requests
        return phases

    with tempfile.TemporaryDirectory(prefix="costs-") as name:
        folder, functions = Path(name), Costs()
        switches, can_be_profiled = switch_costs(run(switches_by_thread))
        spans = run(lambda _: time.time(), *_STRACE, f"{folder}/calls")
        calls = read_calls((folder / "calls").read_text("utf-8", "replace"))
        made = spans.mapped(lambda ends: [call for call in calls if ends[0] <= call.when_s < ends[1]])
        if can_be_profiled:
            files, vgdb = f"--callgrind-out-file={folder}/costs.%p", f"--vgdb-prefix={folder}/vgdb"
            dumps = run(partial(dumped, folder, vgdb), *_CALLGRIND, files, vgdb, slower=_SLOWER)
            functions = profile_costs(dumps.mapped(read_dumps))
    counts = functions.counts | switches.counts | made.mapped(call_figures).counts()
    return Costs(counts, functions.profile, tuple(dict.fromkeys([*notes, *switches.notes])))


def measured(load: Load, take: Callable[[Load], Any], requests: int | None) -> Phases:
    """What was counted so far before each phase and after it. `requests`: of each; None: as there is time."""
    began = at = time.monotonic()
    done = 0
    while done < _WARM_UP and at - began < _WARM_UP_S:
        made, before, at = load.ask(_AT_A_TIME), at, time.monotonic()
        done, each_s = done + made, (at - before) / made  # at last: how long one takes at the warm-up's end
    if requests is None:
        requests = next((size for size in _SIZES if size * each_s <= _PHASE_S), _SIZES[-1])
    taken, ended = take(load), time.monotonic()

    def phase(done: int) -> Phase:
        nonlocal taken, ended
        before, began = taken, ended
        taken, ended = take(load), time.monotonic()
        return Phase((before, taken), done, ended - began)

    busy = [phase(load.ask(requests)) for _ in range(PHASES)]
    least, most = _IDLE_S
    idle_s = min(max(median(each.seconds for each in busy), least), most) / PHASES
    return Phases([phase(load.idle(idle_s)) for _ in range(PHASES)], busy)


def switches_by_thread(load: Load) -> dict[str, list[Any]]:
    """How often each had to wait, or another was given its core; the name of its program."""
    threads = {}
    for path in load.threads(looks_again=True):
        with suppress(OSError):
            status = Path(f"{path}/status").read_text(errors="replace")
            threads[path] = [*map(int, re.findall(r"voluntary_ctxt_switches:\t(\d+)", status)), ""]
            threads[path][2] = Path(f"{path}/exe").readlink().name
    return threads


def switch_costs(phases: Phases) -> tuple[Costs, bool]:
    """Also whether callgrind can count it: of what compiles while it runs it sees no functions."""
    pairs = [phase.taken for both in phases for phase in both]
    programs = {thread[2] for pair in pairs for threads in pair for thread in threads.values()}
    compiling = sorted(programs & _COMPILING)
    why = "compiles while it runs, so that callgrind sees other instructions each time"
    notes = [f"{name} {why}: system calls, bytes and context switches only" for name in compiling]
    if any(re.fullmatch(r"python[\d.]*", name) for name in programs):
        notes.append("CPython: the functions are C's, of the interpreter and of its modules")
    if lost := sum(len(before.keys() - after.keys()) for before, after in pairs):
        notes.append(f"{lost} threads ended while they were counted: their context switches are in no count")

    def since(pair: tuple[dict[str, list[Any]], dict[str, list[Any]]]) -> dict[str, int]:
        before, after = pair
        more = [[n - m for n, m in zip(now[:2], before.get(path, (0, 0)))] for path, now in after.items()]
        return {name: sum(each[at] for each in more) for at, name in enumerate((VOLUNTARY, INVOLUNTARY))}

    return Costs(phases.mapped(since).counts(), notes=tuple(notes)), not compiling


@dataclass
class SystemCall:
    """`moved`: bytes, of a call that reads or writes."""

    name: str
    when_s: float  # by time.time(), as strace has it
    moved: int = 0


def read_calls(text: str) -> list[SystemCall]:
    """Of what strace wrote, in the order in which they began, ended or not. One that waits is two lines,
    `<unfinished ...>` and `resumed`, and counts from when it began; what it moved is in the second."""
    calls, last = [], {}  # the last by thread
    for match in _CALL.finditer(text):  # other lines are of signals, or of a thread's end
        thread, when, name, rest = match.groups()
        if name:
            last[thread] = SystemCall(name, float(when))
            calls.append(last[thread])
        call = last.get(thread)  # None: it began before the file did
        if call and call.name in _READING | _WRITING and (result := _RESULT.search(rest)):
            call.moved = int(result[1])
    return calls


def call_figures(calls: list[SystemCall]) -> dict[str, int]:
    """All of them and the bytes they moved; each by its name."""
    read, written = (sum(c.moved for c in calls if c.name in names) for names in (_READING, _WRITING))
    by_name = Counter(sorted(call.name for call in calls))
    return {SYSTEM_CALLS: len(calls), BYTES_READ: read, BYTES_WRITTEN: written, **by_name}


def dumped(folder: Path, vgdb: str, _load: Load) -> set[Path]:
    """The files of what callgrind has counted of all processes. Raises CommandFailed."""
    # Those that listen to vgdb, by the pipes it has for each.
    pids = {path.name.split("-")[4] for path in folder.glob("vgdb-from-vgdb-to-*")}
    running = sorted(pid for pid in pids if Path(f"/proc/{pid}").is_dir())
    if not running:
        raise CommandFailed("callgrind runs nothing: does the server's command start a program at all?")
    for pid in running:
        done = answer(["vgdb", vgdb, f"--pid={pid}", "dump"], _ANSWER_S)
        if done is None or done.returncode:
            words = " ".join((done.stderr + done.stdout).split())[-200:] if done else "no answer"
            fix = "it is asked through ptrace: allow that, as with docker run --cap-add SYS_PTRACE"
            raise CommandFailed(f"callgrind does not write what it counted: {words}: {fix}")
    return {path for path in folder.glob("costs.*") if path.stat().st_size}


def read_dumps(ends: tuple[set[Path], set[Path]]) -> Profile:
    """To be called when the server has ended, whose timers go on."""
    files = sorted(ends[1] - ends[0])
    return combined((read_profile(path.read_text("utf-8", "replace"), path.name), 1.0) for path in files)
