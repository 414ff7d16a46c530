"""Links a build's servers anew, with the functions in another order each time.

Two builds of nearly the same source differ in speed by what happens to lie where: one build linked six times
with its sections shuffled had means that differed with a standard deviation of 0.9 %. A gate that links both
sides anew for every block makes that part of its noise, and so of its interval, instead of part of a verdict.
Needs mold, and a build by Ninja with -ffunction-sections, as the release preset's are.
"""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from cli.errors import CommandFailed
from sides.cells import SIDES

UNREACHABLE = "int unreachable_{n}(int x) {{ return x > {n} ? unreachable_{n}(x - 3) * {n} : x ^ {n}; }}\n"


class Layouts:
    """`folders`: the build of each side. `padded`: the side that is linked with functions nobody calls."""

    def __init__(self, folders: dict[str, Path], scratch: Path, padded: str | None = None):
        self._folders, self._scratch = folders, scratch
        self._padding = dict.fromkeys(SIDES, "")
        for side in SIDES:
            (scratch / side[0]).mkdir()  # one letter each, so that both paths are equally long
        if padded:
            source, made = scratch / "unreachable.cpp", str(scratch / "unreachable.o")
            source.write_text("".join(UNREACHABLE.format(n=n) for n in range(1, 4)))
            command = ["c++", "-O2", "-ffunction-sections", "-c", str(source), "-o", made]
            subprocess.run(command, check=True, timeout=60)
            self._padding[padded] = made

    @staticmethod
    def missing(folders: dict[str, Path]) -> str | None:
        """Why these builds cannot be linked anew; None if they can."""
        if shutil.which("mold") is None:
            return "mold is not installed (scripts/setup installs it)"
        for folder in folders.values():
            try:
                rules = (folder / "build.ninja").read_text(encoding="utf-8", errors="replace")
            except OSError:
                return f"{folder} was not built with Ninja"
            if "-ffunction-sections" not in rules:
                return f"{folder} was built without -ffunction-sections"
        return None

    def link(self, side: str, program: str, seed: int) -> str:
        """Where the program, of the side's build, lies now. Raises CommandFailed."""
        folder, target = self._folders[side], self._scratch / side[0] / Path(program).name
        name = str(Path(program).relative_to(folder))
        # Without debug information, which takes the longest to write.
        how = f"{self._padding[side]} -fuse-ld=mold -Wl,--strip-debug,--shuffle-sections={seed}"
        command = _link_command(side, folder, name).replace(f" -o {name} ", f" -o {target} {how} ")
        done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, timeout=300)
        if done.returncode or not target.is_file():
            words = " ".join(done.stderr.split())[:300]
            raise CommandFailed(f"{side}: {name} cannot be linked anew: {words}")
        return str(target)


@cache
def _link_command(side: str, folder: Path, name: str) -> str:
    """The last of the commands that make the side's program, as Ninja has them."""
    query = ["ninja", "-C", str(folder), "-t", "commands", name]
    done = subprocess.run(query, capture_output=True, text=True, timeout=60)
    lines = [line for line in done.stdout.splitlines() if f" -o {name} " in line]
    if not lines:
        raise CommandFailed(f"{side}: Ninja does not say how {name} is linked: {done.stderr.strip()}")
    return lines[-1]
