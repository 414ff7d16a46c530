"""Mutants of the pure C++ units: each is compiled by itself and linked, before the library, to its tests."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mutation import ROOT, Mutant, run

UNITS = {
    "loadgen": "backlog duration histogram http_text mix recorder request_bytes schedule summary "
    "time_text timeline verdict",
    "servers": "date options reply request syntax workload",
}
LIMIT_S = 300
TOKEN = re.compile(
    r"""(?P<skipped> //[^\n]* | /\*.*?\*/ | R"\(.*?\)" | "(?:\\.|[^"\\\n])*" | (?<![\w'])'(?:\\.|[^'\\\n])+'
        | ^[ ]*\#[^\n]* | static_assert\(.*?\);)
      | (?P<integer> (?<![\w.'])(?:0|[1-9][\d']*)(?![\d.']|[xe]\d)(?=\w*))
      | (?P<branch> \bif\ \()
      | (?P<word> \b(?:true|false|std::min|std::max)\b)
      | (?P<operator> (?<=\ )(?:<=|>=|<|>|==|!=|&&|\|\||\+|-|\*|/|\+=|-=)(?=\s) | !(?=[\w(*]))
      | (?P<bracket> (?<![\ <])<(?![<=]) | (?<![\ -])>(?!=) )""",
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
OTHERS = {
    "<": ["<=", ">="],
    "<=": ["<", ">"],
    ">": [">=", "<="],
    ">=": [">", "<"],
    "==": ["!="],
    "!=": ["=="],
    "&&": ["||"],
    "||": ["&&"],
    "+": ["-"],
    "-": ["+"],
    "*": ["/"],
    "/": ["*"],
    "+=": ["-="],
    "-=": ["+="],
    "!": [""],
    "true": ["false"],
    "false": ["true"],
    "std::min": ["std::max"],
    "std::max": ["std::min"],
}


def units() -> list[Path]:
    return [ROOT / folder / f"{name}.cpp" for folder, names in UNITS.items() for name in names.split()]


def mutants_of(path: Path) -> list[Mutant]:
    source = path.read_text()
    return [
        Mutant(path.relative_to(ROOT), start, source[start:end], after)
        for start, end, after in _changes(source)
    ]


def _changes(source: str) -> Iterator[tuple[int, int, str]]:
    """Nothing within the arguments of a template, which stand in angle brackets without spaces."""
    depth = 0
    for token in TOKEN.finditer(source):
        text, start, end = token[0], token.start(), token.end()
        if token["bracket"]:
            depth = max(depth + (1 if text == "<" else -1), 0)
        elif token["skipped"] or depth > 0:
            continue
        elif token["integer"]:
            yield start, end, str(int(text.replace("'", "")) + 1)
        elif token["branch"]:
            inside = _in_brackets(source, end - 1)
            if ";" not in inside:
                yield end, end + len(inside), f"!({inside})"
        else:
            for other in OTHERS[text]:
                yield start, end, other


def _in_brackets(source: str, opening: int) -> str:
    depth = 0
    for at in range(opening, len(source)):
        depth += {"(": 1, ")": -1}.get(source[at], 0)
        if depth == 0:
            return source[opening + 1 : at]
    raise ValueError("a bracket is never closed")


def suites_of(unit: Path) -> list[str]:
    """Those of the unit's own test files; of those that include its header, where it has none."""
    header = f'#include "{unit.relative_to(ROOT).with_suffix(".hpp")}"'
    paths = sorted((unit.parent / "tests").glob("*_test.cpp"))
    own = [path for path in paths if f"{path.stem}_".startswith(f"{unit.stem}_")]
    texts = [path.read_text() for path in own or paths]
    if not own:
        texts = [text for text in texts if header in text]
    return sorted({suite for text in texts for suite in re.findall(r"^TEST(?:_[FP])?\((\w+),", text, re.M)})


class Build:
    """A build tree, which is read only."""

    def __init__(self, folder: Path):
        self._folder = folder
        entries = json.loads((folder / "compile_commands.json").read_text())
        self._compile = {Path(entry["file"]): shlex.split(entry["command"]) for entry in entries}
        self._link = {name: self._link_command(name) for name in UNITS}
        self._seconds: dict[Path, float] = {}

    def _link_command(self, folder: str) -> list[str]:
        command = ["ninja", "-C", str(self._folder), "-t", "commands", f"{folder}_tests"]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        return shlex.split(lines[-1].split(" && ")[1])  # `: && the link && finding the tests, or :`

    def measure(self, unit: Path) -> None:
        """How long the unit's tests take as it is. Raises ValueError where they fail or are none."""
        link = self._link[unit.parent.name]
        program = self._folder / link[link.index("-o") + 1]
        ended = run(self._test(program, unit), self._folder, LIMIT_S)
        if not suites_of(unit) or ended.code != 0:
            raise ValueError(f"{unit.relative_to(ROOT)}: it has no tests, or they fail as it is")
        self._seconds[unit] = ended.cpu_s

    def kills(self, mutant: Mutant) -> bool | None:
        """None where it does not compile."""
        unit = ROOT / mutant.path
        with tempfile.TemporaryDirectory(prefix="mutant-") as holder:
            source, compiled, program = (Path(holder) / name for name in (unit.name, "unit.o", "tests"))
            source.write_text(mutant.applied())
            compile_unit = [word for word in self._compile[unit] if word != str(unit)]
            compile_unit += ["-O0", "-g0", "-w", "-o", str(compiled), str(source)]
            if run(compile_unit, self._folder, LIMIT_S).code != 0:
                return None
            link = list(self._link[unit.parent.name])
            link[link.index("-o") + 1] = str(program)
            link.insert(link.index("-o"), str(compiled))
            if run(link, self._folder, LIMIT_S).code != 0:
                return None
            limit_s = 20 + 10 * self._seconds[unit]
            return run(self._test(program, unit), Path(holder), limit_s).code != 0

    def _test(self, program: Path, unit: Path) -> list[str]:
        names = ":".join(f"{suite}.*:*/{suite}.*" for suite in suites_of(unit))
        return [str(program), "--gtest_brief=1", f"--gtest_filter={names}"]
