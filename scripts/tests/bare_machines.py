"""scripts/bench, scripts/test and the package on machines with next to nothing: folders made by debootstrap.

    scripts/test --all, or: sudo python3 -m pytest -v scripts/tests/bare_machines.py

Needs root, debootstrap and Debian's archive, and some minutes for each machine, as each builds: it is not
collected with the others, and not run by CI. The machines are in BARE_MACHINES (default build/bare) and are
made anew each time; what apt downloads is kept there. Each has the repository as it is committed. In place of
all of scripts/test, which takes as long again with each sanitizer, its beginning is run: what it installs,
and the tests of the scripts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(os.environ.get("BARE_MACHINES", ROOT / "build/bare"))
RELEASE = "bookworm"
USER = "someone"
TINY = "scripts/bench hundred --variants sequential,async --workloads all-short --repetitions 1"
BEGINNING = (
    "scripts/setup --tests && python3 -m pytest -q scripts/tests/test_door.py scripts/tests/test_shell.py"
)
LIMIT_S = 3600

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a machine in a folder"),
    pytest.mark.skipif(not shutil.which("debootstrap"), reason="no debootstrap: apt-get install debootstrap"),
]


class Machine:
    """A Debian in a folder, with git, the repository and what else it is given."""

    def __init__(self, name: str, base: Path, packages: tuple[str, ...], user: str):
        self.root = FOLDER / name
        self._user = user
        shutil.rmtree(self.root, ignore_errors=True)
        subprocess.run(["cp", "--archive", str(base), str(self.root)], check=True)
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        if packages:
            install = f"apt-get install --yes --no-install-recommends {' '.join(packages)}"
            assert self.run(install, user="root").returncode == 0
        if user != "root":
            self.run(f"useradd --create-home --shell /bin/bash {user}", user="root")
        if "sudo" in packages:
            (self.root / "etc/sudoers.d/all").write_text(f"{user} ALL=(ALL) NOPASSWD: ALL\n")
        home = self.root / ("root" if user == "root" else f"home/{user}")
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(home / "sync-vs-async")], check=True)
        self.run(f"chown --recursive {user} ~{user}", user="root")

    def run(self, command: str, user: str = "") -> subprocess.CompletedProcess[str]:
        """In namespaces of its own, so that no process and no mount outlives it."""
        user = user or self._user
        inside = f"cd ~/sync-vs-async 2>/dev/null; {command}"
        root, archives = self.root, FOLDER / "archives"
        archives.mkdir(exist_ok=True)
        mounts = [
            f"mount -t proc proc {root}/proc",
            f"mount --rbind /dev {root}/dev",
            f"mount --rbind /sys {root}/sys",
            f"mount --bind {archives} {root}/var/cache/apt/archives",
        ]
        script = f'{" && ".join(mounts)} && exec chroot {root} su - {user} --command "$1"'
        return subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "sh", "-c", script, "sh", inside],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
        )


@pytest.fixture(scope="module")
def base() -> Path:
    """What all machines begin as: the least Debian there is, and git."""
    made = FOLDER / "base"
    if not (made / "usr/bin/git").exists():
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        command = ["debootstrap", "--variant=minbase", "--include=git", RELEASE, str(made)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            pytest.skip(f"debootstrap cannot make a {RELEASE}: {done.stdout.splitlines()[-1]}")
    return made


@pytest.fixture
def machine(base: Path, request: pytest.FixtureRequest) -> Iterator[Machine]:
    name, packages, user = request.param
    made = Machine(name, base, packages, user)
    yield made
    shutil.rmtree(made.root, ignore_errors=True)


MACHINES = [
    ("nothing-but-git", (), "root"),
    ("git-and-python", ("python3",), "root"),
    ("git-and-a-compiler", ("g++",), "root"),
    ("a-user-with-sudo", ("sudo",), USER),
]


PACKAGED = ("nothing-but-the-package", (), USER)


@pytest.mark.parametrize("machine", [PACKAGED], indirect=True, ids=lambda machine: machine[0])
def test_the_package_is_all_that_a_suite_needs_and_leaves_nothing_when_it_is_removed(machine):
    if not (ROOT / "build/release/loadgen/loadgen").is_file():
        pytest.skip("build/release is not built")
    packing = ["cpack", "--config", ROOT / "build/release/CPackConfig.cmake", "-B", machine.root / "packed"]
    subprocess.run(packing, cwd=ROOT / "build/release", check=True, capture_output=True)
    apt = "apt-get --yes --no-install-recommends"
    done = machine.run(f"{apt} install /packed/*.deb", user="root")
    assert done.returncode == 0, done.stdout
    done = machine.run(
        f"mkdir ~/mine && cd ~/mine && {TINY.replace('scripts/', 'sync-vs-async ')} && ls results"
    )
    assert "Traceback" not in done.stdout and done.returncode == 0, done.stdout
    assert "2 of 2 runs ok" in done.stdout and "report.html" in done.stdout and "latest" in done.stdout
    done = machine.run(
        f"{apt} purge sync-vs-async && ! find /usr -name '*sync-vs-async*' | grep .", user="root"
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("machine", MACHINES, indirect=True, ids=lambda machine: machine[0])
def test_the_bench_and_the_beginning_of_the_tests_end_well(machine):
    done = machine.run(TINY)
    assert "Traceback" not in done.stdout and done.returncode == 0, done.stdout
    assert "2 of 2 runs ok" in done.stdout and "report.html" in done.stdout
    again = machine.run("scripts/setup")
    assert again.stdout == "scripts/setup: everything is there\n"
    done = machine.run(BEGINNING)
    assert "Traceback" not in done.stdout and done.returncode == 0, done.stdout
    assert "failed" not in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "machine", [("a-user-without-sudo", ("python3",), USER)], indirect=True, ids=lambda machine: machine[0]
)
@pytest.mark.parametrize("command", ["scripts/bench", "scripts/test"])
def test_who_may_install_nothing_is_told_what_is_missing_in_a_line(machine, command):
    done = machine.run(command)
    assert done.returncode == 2 and len(done.stdout.splitlines()) == 1, done.stdout
    assert "missing: " in done.stdout and "as root, run: " in done.stdout
