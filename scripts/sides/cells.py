"""What is compared: cells, how each side's server is started there, and what it is asked for. Pure, but for
the suite that is read, which says how our variants are started."""

from dataclasses import dataclass, replace
from pathlib import Path

from cli.errors import UsageError
from plans.suite import find_suite, read_suite
from plans.variant import Places, command_of
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


def with_rate(cells: list[Cell], rate: int | None) -> list[Cell]:
    """Beside each cell one at the fixed rate, where there is one."""
    return cells + [replace(cell, name=f"{cell.name}@{rate}", rate_rps=rate) for cell in cells if rate]


def slowed(cell: Cell, ns: int) -> Cell:
    """With a candidate, of ours, that burns so many more in each request."""
    candidate = cell.sides[CANDIDATE]
    command = (*candidate.command, "--handicap-ns", str(ns))
    return replace(cell, sides=cell.sides | {CANDIDATE: replace(candidate, command=command)})


def build_cells(asked: AskedSides, folders: dict[str, Path]) -> list[Cell]:
    """Those of two build folders, by side. Raises UsageError, a line for each variant that does not exist."""
    suite = find_suite("hundred")  # has those of this project's own servers
    variants = {variant.name: variant for variant in read_suite(suite).variants if variant.server}
    cells, mistakes = [], []
    for name in asked.cells or DEFAULT_CELLS:
        variant, colon, target = name.partition(":")
        if variant not in variants:
            mistakes.append(f"--cells: {variant!r} is no variant: {nearest(variant, variants)}")
        elif colon and not target.startswith("/"):
            mistakes.append(f"--cells: {name}: what is asked for begins with a slash, as in {variant}:/ping")
        else:
            places = {side: Places(suite.parent / suite.stem, folder) for side, folder in folders.items()}
            served = {side: Served((*command_of(variants[variant], at),)) for side, at in places.items()}
            mode = "fresh" if variant in _CLOSES else "kept"
            requested = target if colon else asked.target or "/ping"
            cells.append(Cell(name, served, asked.ready or "/health", requested, mode))
    if mistakes:
        raise UsageError(mistakes)
    return cells


def servers_of(asked: AskedSides) -> list[str]:
    """The programs that those cells start."""
    cells = build_cells(asked, {BASELINE: Path()})
    return sorted({Path(cell.sides[BASELINE].command[0]).name for cell in cells})
