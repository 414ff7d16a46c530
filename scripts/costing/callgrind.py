"""A server under callgrind, which writes down what every function cost since it was asked last."""

from pathlib import Path

from cli.errors import CommandFailed
from costing.callgrind_file import read_profile
from costing.phases import Phases
from costing.profile import Profile, combined
from costing.resting import Resting
from processes.machine import answer

_ANSWER_S = 60.0
_FLAGS = (
    "--quiet --tool=callgrind --trace-children=yes --collect-systime=yes --compress-strings=yes "
    "--compress-pos=yes --dump-instr=no --dump-line=yes --combine-dumps=no --separate-threads=no --vgdb=yes"
).split()


class Callgrind:
    """In a folder that has no costs yet."""

    name = "callgrind"

    def __init__(self, folder: Path):
        self._folder, self._prefix = folder, folder / "vgdb"
        self._seen: set[Path] = set()

    def command(self, server: tuple[str, ...]) -> list[str]:
        out = f"--callgrind-out-file={self._folder}/costs.%p"
        return ["valgrind", *_FLAGS, out, f"--vgdb-prefix={self._prefix}", *server]

    def take(self, _resting: Resting) -> list[Path]:
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
