"""What is compared: cells, and how each side's server is started there and what it is asked for.

Pure, but for reading the suite that says how our variants are started.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cli.errors import UsageError
from plans.suite import find_suite, read_suite
from plans.variant import Places, Variant, command_of
from sides.asked import AskedSides
from sides.command import ATTACHED
from text.units import nearest

BASELINE, CANDIDATE = SIDES = "baseline", "candidate"
DEFAULT_CELLS = ("thread-per-request", "async")
_CLOSES = "sequential", "pool-8"  # these close a connection after each reply


@dataclass(frozen=True)
class Served:
    """How a server is started, from `cwd` if that is given; `{port}` in the words is its port."""

    command: tuple[str, ...]
    cwd: Path | None = None

    @property
    def attached(self) -> str | None:
        """The address of a server that runs already, which is not started."""
        match = ATTACHED.fullmatch(self.command[0])
        return match[1] if match else None


@dataclass(frozen=True)
class Cell:
    """One comparison. `sides`: by BASELINE and CANDIDATE; `rate_rps`: of an open loop, None where closed."""

    name: str
    sides: dict[str, Served]
    ready_path: str
    target: str
    connection_mode: str = "kept"
    rate_rps: int | None = None


CellsOf = Callable[[Mapping[str, int]], list[Cell]]  # of what each candidate burns, in ns a request


def with_rate(cells: list[Cell], rate: int | None) -> list[Cell]:
    """Beside each cell one at the fixed rate, where there is one."""
    at_rate = [replace(cell, name=f"{cell.name}@{rate}", rate_rps=rate) for cell in cells if rate]
    return [*cells, *at_rate]


def command_cells(asked: AskedSides, served: dict[str, Served]) -> list[Cell]:
    target = asked.target or "/"
    return [Cell("command", served, asked.ready or target, target)]


def build_cells(asked: AskedSides, folders: dict[str, Path], handicaps: Mapping[str, int] = {}) -> list[Cell]:
    """Those of two build folders, by side. Raises UsageError, a line for each variant that does not exist."""
    suite, variants = _variants()
    cells, mistakes = [], []
    for name in asked.cells or DEFAULT_CELLS:
        variant, colon, target = name.partition(":")
        if variant not in variants:
            mistakes.append(f"--cells: {variant!r} is no variant: {nearest(variant, variants)}")
        elif colon and not target.startswith("/"):
            mistakes.append(f"--cells: {name}: what is asked for begins with a slash, as in {variant}:/ping")
        else:
            served = {}
            for side, folder in folders.items():
                command = command_of(variants[variant], Places(suite.parent / suite.stem, folder))
                if side == CANDIDATE and name in handicaps:
                    command += ["--handicap-ns", str(handicaps[name])]
                served[side] = Served((*command,))
            mode = "fresh" if variant in _CLOSES else "kept"
            requested = target if colon else asked.target or "/ping"
            cells.append(Cell(name, served, asked.ready or "/health", requested, mode))
    if mistakes:
        raise UsageError(mistakes)
    return cells


def servers_of(asked: AskedSides) -> list[str]:
    """The programs that those cells, of which each exists, start."""
    _, variants = _variants()
    return sorted({variants[cell.partition(":")[0]].server for cell in asked.cells or DEFAULT_CELLS})


def _variants() -> tuple[Path, dict[str, Variant]]:
    """Those of this project's own servers, and the suite that has them."""
    suite = find_suite("hundred")
    return suite, {variant.name: variant for variant in read_suite(suite).variants if variant.server}
