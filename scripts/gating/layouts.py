"""Links a build's servers anew, with the functions in another order each time.

Two builds of nearly the same source differ in speed by what happens to lie where: one build linked six times
with its sections shuffled had means that differed with a standard deviation of 0.9 %. A gate that links both
sides anew for every block makes that part of its noise, and so of its interval, instead of part of a verdict.
Needs mold, and a build by Ninja with -ffunction-sections, as the release preset's are."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from cli.errors import CommandFailed
from gating.options import BlockOptions
from sides.sides import SIDES

SHUFFLED = "each side linked anew for every block"
_UNREACHABLE = "int unreachable_{n}(int x) {{ return x > {n} ? unreachable_{n}(x - 3) * {n} : x ^ {n}; }}\n"


def layouts_of(options: BlockOptions, builds: dict[str, Path] | None) -> str:
    """What is done about where the code lies. `builds`: the folder of each side, None for commands."""
    luck = "how their code is laid out is in no interval"
    if options.is_attached:
        return "servers that run already are one process for all blocks: its luck is in no interval"
    if builds is None:
        return f"commands are run as they are: {luck}"
    if not options.layouts:
        return f"builds are run as they are (--no-layouts): {luck}"
    missing = None if shutil.which("mold") else "mold is not installed (scripts/setup installs it)"
    for folder in builds.values():
        rules = folder / "build.ninja"
        if not rules.is_file():
            missing = missing or f"{folder} was not built with Ninja"
        elif "-ffunction-sections" not in rules.read_text(encoding="utf-8", errors="replace"):
            missing = missing or f"{folder} was built without -ffunction-sections"
    return f"builds are run as they are: {missing}: {luck}" if missing else SHUFFLED


class Layouts:
    """`padded`: the side that is linked with functions nobody calls."""

    def __init__(self, builds: dict[str, Path], scratch: Path, padded: str | None = None):
        self._builds, self._scratch = builds, scratch
        for side in SIDES:
            (scratch / side[0]).mkdir()  # one letter each, so that both paths are equally long
        source, made = scratch / "unreachable.cpp", str(scratch / "unreachable.o")
        self._padding = {padded: made}
        if padded:
            source.write_text("".join(_UNREACHABLE.format(n=n) for n in range(1, 4)))
            command = ["c++", "-O2", "-ffunction-sections", "-c", str(source), "-o", made]
            subprocess.run(command, check=True, timeout=60)

    def link(self, side: str, program: str, seed: int) -> str:
        """Where the program, of the side's build, lies now. Raises CommandFailed."""
        folder, target = self._builds[side], self._scratch / side[0] / Path(program).name
        name = str(Path(program).relative_to(folder))
        # Without debug information, which takes the longest to write.
        how = f"{self._padding.get(side, '')} -fuse-ld=mold -Wl,--strip-debug,--shuffle-sections={seed}"
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
