"""The machine: what it is, how it is set up and what is built on it; what its programs say of themselves; who
gets which core. What is not known is None."""

import ctypes
import json
import os
import platform
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, CompletedProcess, TimeoutExpired, run
from typing import Any, NamedTuple

# Set within a git hook, where they would lead every git to the repository that is hooked.
HOOK_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
_CPUS = Path("/sys/devices/system/cpu")
_SETTINGS = {
    "governor": _CPUS / "cpu0/cpufreq/scaling_governor",  # not there in most virtual machines
    "clocksource": Path("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
    "congestion_control": Path("/proc/sys/net/ipv4/tcp_congestion_control"),
}


def machine() -> dict[str, Any]:
    cpu = _first_match("/proc/cpuinfo", r"^model name\s*:\s*(.+)$") or platform.machine()
    memory_kib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024
    system = _first_match("/etc/os-release", r'^PRETTY_NAME="?(.*?)"?$')
    there = {"cpu": cpu, "cores": len(os.sched_getaffinity(0)), "memory_kib": memory_kib}
    return there | {"kernel": platform.release(), "os": system}


def settings() -> dict[str, Any]:
    """How it is set up, as far as that changes what a benchmark measures."""
    flaws = {path.name: _first_match(path) for path in sorted((_CPUS / "vulnerabilities").glob("*"))}
    mitigations = [f"{name}: {state}" for name, state in flaws.items() if state != "Not affected"]
    # With a PATH and no more: lscpu speaks the user's language.
    hypervisor = printed_version(["lscpu"], r"Hypervisor vendor:\s*(\S+)", os.defpath)
    kept = {"hypervisor": hypervisor} | {name: _first_match(path) for name, path in _SETTINGS.items()}
    return kept | {"mitigations": mitigations, "io_uring": allows_io_uring()}


def commit(repository: Path) -> dict[str, Any]:
    """The commit checked out and whether files differ; None for both in what is no checkout itself."""
    head = changes = None
    if (repository / ".git").exists():
        head, changes = git(repository, "rev-parse", "HEAD"), git(repository, "status", "--porcelain")
    return {"commit": head, "dirty": None if None in (head, changes) else changes != ""}


def git(repository: Path, *arguments: str) -> str | None:
    """What git answers; None where it fails, or is not there."""
    # git refuses a checkout that another user owns; we only read it.
    command = ["git", "-c", f"safe.directory={repository}", "-C", str(repository), *arguments]
    done = answer(command, 120, {k: v for k, v in os.environ.items() if k not in HOOK_VARIABLES})
    return done.stdout.strip() if done and done.returncode == 0 else None


def loadgen_json(build: Path, *flags: str) -> Any:
    """What a generator says to --build-info, true of the servers too, or to --calibrate --json, after 3 s."""
    done = answer([build / "loadgen/loadgen", *flags], 60)
    with suppress(ValueError):
        return json.loads(done.stdout) if done and done.returncode == 0 else None


def printed_version(command: Sequence[str], pattern: str, path: str | None = None) -> str | None:
    """What the pattern finds in what the command prints, whatever it exits with; None if nothing."""
    done = answer(command, 30, None if path is None else {"PATH": path})
    match = re.search(pattern, done.stdout + done.stderr) if done else None
    return match[1] if match else None


def answer(command: Sequence[str | Path], limit_s: float, env: Any = None) -> CompletedProcess[str] | None:
    """The command, ended, and what it printed; None where it is not there or does not end."""
    how = {"stdin": DEVNULL, "capture_output": True, "errors": "replace"}
    with suppress(OSError, TimeoutExpired):
        return run(command, timeout=limit_s, env=env, **how)


def allows_io_uring() -> bool:
    """Whether the kernel, and the container if this is one, let a process have one."""
    # io_uring_setup is call 425 on all architectures, and its parameters are of 120 bytes.
    ring = ctypes.CDLL(None).syscall(425, 2, ctypes.create_string_buffer(120))
    if ring >= 0:
        os.close(ring)
    return ring >= 0


class Pins(NamedTuple):
    server: int
    client: int

    @property
    def share_a_core(self) -> bool:
        """Whether the two are threads of one core: all that some machines have, and less than a core each."""
        return self.client in siblings(self.server)


def pins() -> Pins | None:
    """The first core for the server; for the clients the last one that is not a thread of the same core. None
    where this process may use one core only: nothing is pinned then."""
    server, *others = sorted(os.sched_getaffinity(0))
    separate = [core for core in others if core not in siblings(server)]
    return Pins(server, (separate or others)[-1]) if others else None


def siblings(core: int) -> set[int]:
    """The hardware threads of a core, itself included; of `0-1,4` the kernel means 0, 1 and 4."""
    listed = _first_match(_CPUS / f"cpu{core}/topology/thread_siblings_list")
    ranges = re.findall(r"(\d+)(?:-(\d+))?", listed or str(core))
    return {each for first, last in ranges for each in range(int(first), int(last or first) + 1)}


def _first_match(path: str | Path, pattern: str = "(.*)") -> str | None:
    with suppress(OSError):
        match = re.search(pattern, Path(path).read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
        return match[1].strip() if match else None
