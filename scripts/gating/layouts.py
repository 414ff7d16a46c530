"""Links a build's servers anew, with the functions in another order each time: of one build linked six times
the means differed with a standard deviation of 0.9 %, by what lay where. Anew for every block, that is part
of the noise, and so of the interval. Needs mold, and a build by Ninja with -ffunction-sections."""

import shutil
import subprocess
from pathlib import Path

from cli.errors import CommandFailed
from gating.options import BlockOptions

SHUFFLED = "each side linked anew for every block"
_UNREACHABLE = "int unreachable_{n}(int x) {{ return x > {n} ? unreachable_{n}(x - 3) * {n} : x ^ {n}; }}\n"


def layouts_of(options: BlockOptions, builds: dict[str, Path] | None) -> str:
    """What is done about where the code lies. `builds`: the folder of each side, None for commands."""
    reasons = {
        "servers that run already are one process for all blocks": options.is_attached,
        "commands are run as they are": builds is None,
        "builds are run as they are (--no-layouts)": not options.layouts,
        "mold is not installed (scripts/setup installs it)": not shutil.which("mold"),
    }
    for folder in (builds or {}).values():
        rules = folder / "build.ninja"
        has_sections = rules.is_file() and "-ffunction-sections" in rules.read_text("utf-8", "replace")
        reasons[f"{folder} was not built by Ninja with -ffunction-sections"] = not has_sections
    why = next((reason for reason, holds in reasons.items() if holds), None)
    return f"{why}: how their code is laid out is in no interval" if why else SHUFFLED


class Layouts:
    """`padded`: the side that is linked with functions nobody calls."""

    def __init__(self, builds: dict[str, Path], scratch: Path, padded: str | None = None):
        self._builds, self._scratch = builds, scratch
        self._padding = {padded: scratch / "unreachable.o"}
        if padded:
            code = "".join(_UNREACHABLE.format(n=n) for n in range(1, 4))
            command = [*"c++ -O2 -ffunction-sections -x c++ -c - -o".split(), str(self._padding[padded])]
            subprocess.run(command, check=True, timeout=60, input=code, text=True)

    def link(self, side: str, program: str, seed: int) -> str:
        """Where the program, of the side's build, lies now. Raises CommandFailed."""
        folder, how = self._builds[side], {"capture_output": True, "text": True}
        target = self._scratch / side[0] / Path(program).name  # a letter each: both paths are equally long
        target.parent.mkdir(exist_ok=True)
        name = str(Path(program).relative_to(folder))
        asked = subprocess.run(["ninja", "-t", "commands", name], cwd=folder, timeout=60, **how)
        commands = [line for line in asked.stdout.splitlines() if f" -o {name} " in line]
        if not commands:
            raise CommandFailed(f"{side}: Ninja does not say how {name} is linked: {asked.stderr.strip()}")
        # Without debug information, which takes the longest to write.
        flags = f"{self._padding.get(side, '')} -fuse-ld=mold -Wl,--strip-debug,--shuffle-sections={seed}"
        command = commands[-1].replace(f" -o {name} ", f" -o {target} {flags} ")
        done = subprocess.run(command, shell=True, cwd=folder, timeout=300, **how)
        if done.returncode or not target.is_file():
            words = " ".join(done.stderr.split())[:300]
            raise CommandFailed(f"{side}: {name} cannot be linked anew: {words}")
        return str(target)
