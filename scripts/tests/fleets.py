"""Runs of loadgen-mpi for tests of it: on this machine, and over network namespaces that are as hosts."""

from __future__ import annotations

import contextlib
import csv
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator_runs import BUILD

# Root may not start Open MPI without these, and nobody without ssh unless it is told that there is none.
OPEN_MPI_MAY = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
}


@dataclass(frozen=True)
class Mpi:
    name: str
    launcher: str
    suffix: str
    local: tuple[str, ...]  # flags for ranks that are all here

    def program(self, name: str) -> Path:
        return BUILD / "loadgen" / (name + self.suffix)

    def skip_unless_there(self) -> None:
        if not shutil.which(self.launcher) or not self.program("loadgen-mpi").is_file():
            pytest.skip(f"{self.name} is not here, or came after the build: scripts/setup --mpi, then build")


OPEN_MPI = Mpi("Open MPI", "mpirun.openmpi", "", ("--mca", "plm", "^rsh"))
# Where there is no Open MPI its program has the plain name.
MPICH = Mpi(
    "MPICH",
    "mpiexec.mpich",
    ".mpich" if (BUILD / "loadgen" / "loadgen-mpi.mpich").is_file() else "",
    (),
)
both = pytest.mark.parametrize("mpi", [OPEN_MPI, MPICH], ids=lambda mpi: mpi.name.replace(" ", ""))


def started(
    mpi: Mpi, ranks: int, *arguments: object, place: Hosts | None = None, clocks: str = ""
) -> subprocess.Popen[str]:
    """A job under way, on those hosts; its program is loadgen-mpi unless the first argument is a path."""
    mpi.skip_unless_there()
    first = [] if isinstance(arguments[0], Path) else [mpi.program("loadgen-mpi")]
    flags = place.flags(mpi) if place else mpi.local
    # The launcher too is where the hosts can reach it.
    before = place.inside("net") if place else []
    words = [*before, mpi.launcher, *flags, "-n", ranks, *first, *arguments]
    environment = {**os.environ, **OPEN_MPI_MAY, **(UCX_WANTS if place else {})}
    environment |= {"LOADGEN_CLOCKS": clocks} if clocks else {}
    return subprocess.Popen(
        [*map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def ended(job: subprocess.Popen[str], limit_s: float = 60) -> tuple[int, str, str]:
    try:
        out, err = job.communicate(timeout=limit_s)
    finally:
        job.kill()
    return job.returncode, out, err


def merged(folder: Path, into: Path) -> subprocess.CompletedProcess[str]:
    words = [BUILD / "loadgen" / "loadgen", "--merge", folder, "--output", into]
    return subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=30)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def loads(process: Path) -> bool:
    """Whether it has a thread that looks for work again and again: one of those of MPI sleeps."""
    threads = [task for task in (process / "task").iterdir() if task.name != process.name]
    switches = re.compile(r"^voluntary_ctxt_switches:\s+(\d+)", re.MULTILINE)
    return any(int(switches.search((task / "status").read_text())[1]) > 500 for task in threads)


def generator(output: Path, rank: int, limit_s: float = 20) -> int:
    """The process that makes the load as that rank: the child of its guard, when it has begun."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (process / "cmdline").read_bytes().decode().split("\0")
                surroundings = (process / "environ").read_bytes().decode().split("\0")
                is_rank = {f"OMPI_COMM_WORLD_RANK={rank}", f"PMI_RANK={rank}"} & {*surroundings}
                is_ours = "loadgen-mpi" in words[0] and str(output) in words
                if is_ours and is_rank and loads(process):
                    return int(process.name)
        time.sleep(0.05)
    raise AssertionError(f"rank {rank} never began")


NETWORK, LAUNCHER = "10.77.0.0/24", "10.77.0.200"
UCX_WANTS = {"UCX_NET_DEVICES": "eth0", "UCX_TLS": "tcp,self"}  # MPICH's way, which would look for /dev/shm


# --- Hosts that are network namespaces ---


def _run(*words: object) -> None:
    done = subprocess.run([*map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"{' '.join(map(str, words))}: {done.stderr.strip()}")


@dataclass(frozen=True)
class Hosts:
    """A bridge in a namespace of its own, and hosts on it, 10.77.0.1 and on; the server's is 10.77.0.100."""

    prefix: str
    names: tuple[str, ...]
    folder: Path
    ranks_each: int

    @property
    def agent(self) -> Path:
        """What the launcher starts its daemons with in place of ssh: AGENT [flags] HOST COMMAND..."""
        return self.folder / "agent"

    def flags(self, mpi: Mpi) -> tuple[str, ...]:
        addresses = [f"10.77.0.{i + 1}" for i in range(len(self.names))]
        hostfile = self.folder / f"hosts-{mpi.launcher}"
        slots = f" slots={self.ranks_each}" if mpi is OPEN_MPI else f":{self.ranks_each}"
        hostfile.write_text("".join(f"{address}{slots}\n" for address in addresses))
        if mpi is MPICH:
            return (
                "-localhost",
                LAUNCHER,
                "-launcher",
                "ssh",
                "-launcher-exec",
                str(self.agent),
                "-f",
                str(hostfile),
            )
        mca = {"plm_rsh_agent": self.agent, "btl": "tcp,self", "pml": "ob1", "btl_tcp_if_include": NETWORK}
        mca |= {"oob_tcp_if_include": NETWORK, "plm_rsh_no_tree_spawn": "1"}
        words = [word for key, value in mca.items() for word in ("--mca", key, str(value))]
        return (*words, "--hostfile", str(hostfile), "-x", "LOADGEN_CLOCKS")

    def inside(self, host: str) -> list[str]:
        return ["ip", "netns", "exec", f"{self.prefix}{host}"]


@contextlib.contextmanager
def hosts(folder: Path, count: int = 4, ranks_each: int = 2) -> Iterator[Hosts]:
    """Skips where this machine does not allow them."""
    made = Hosts(f"fl{os.getpid()}", tuple("abcdefgh"[:count]), folder, ranks_each)
    spaces = [f"{made.prefix}{name}" for name in ("net", "server", *made.names)]
    try:
        try:
            for space in spaces:
                _run("ip", "netns", "add", space)
                _run("ip", "-n", space, "link", "set", "lo", "up")
            _run("ip", "-n", spaces[0], "link", "add", "bridge", "type", "bridge")
            _run("ip", "-n", spaces[0], "link", "set", "bridge", "up")
            _run("ip", "-n", spaces[0], "address", "add", f"{LAUNCHER}/24", "dev", "bridge")
            for i, space in enumerate(spaces[1:]):
                _run(
                    *("ip", "-n", space, "link", "add", "eth0", "type", "veth"),
                    *("peer", "port", "netns", spaces[0]),
                )
                _run(
                    "ip", "-n", spaces[0], "link", "set", "port", "name", f"port{i}", "master", "bridge", "up"
                )
                address = 100 if i == 0 else i
                _run("ip", "-n", space, "address", "add", f"10.77.0.{address}/24", "dev", "eth0")
                _run("ip", "-n", space, "link", "set", "eth0", "up")
            _run("unshare", "--uts", "--mount", "true")
        except (OSError, FileNotFoundError) as why:
            pytest.skip(f"no network namespaces here: {why}")
        # Each host has its own name, and its own /dev/shm and /tmp: by those ranks take each other for
        # neighbours. The test's folder is the one that they share.
        kept = folder.resolve()
        made.agent.write_text(
            "#!/bin/bash\n"
            "while [[ $1 == -* ]]; do shift; done\n"
            "name=$(tr 123456789 abcdefghi <<<${1##*.}); shift\n"
            f'exec ip netns exec {made.prefix}$name unshare --uts --mount bash -c "hostname $name;'
            " mount -t tmpfs none /dev/shm;"
            f' {own_tmp(kept)} $*"\n'
        )
        made.agent.chmod(0o755)
        yield made
    finally:
        for space in spaces:
            subprocess.run(["ip", "netns", "delete", space], capture_output=True)


def own_tmp(kept: Path) -> str:
    """Commands that give a host a /tmp of its own, in which the test's folder is that of all."""
    if not kept.is_relative_to("/tmp"):
        return "mount -t tmpfs none /tmp;"
    return (
        f"mount --bind {kept} /mnt; mount -t tmpfs none /tmp; mkdir -p {kept};" f" mount --bind /mnt {kept};"
    )
