"""The cells that two sides come to.

Pure, but for reading the suite that says how our variants are started.
"""

from collections.abc import Mapping
from pathlib import Path

from cli.errors import UsageError
from plans.suite import find_suite, read_suite
from plans.variant import Places, Variant, command_of
from sides.asked import AskedSides
from sides.cell import CANDIDATE, Cell, Served
from text.units import nearest

DEFAULT_CELLS = ("thread-per-request", "async")
_CLOSES = "sequential", "pool-8"  # these close a connection after each reply


def command_cells(asked: AskedSides, served: dict[str, Served]) -> list[Cell]:
    """The one of two commands, by side."""
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
            words = {
                side: command_of(variants[variant], Places(suite.parent / suite.stem, folder))
                for side, folder in folders.items()
            }
            if name in handicaps:
                words[CANDIDATE] += ["--handicap-ns", str(handicaps[name])]
            served = {side: Served((*command,)) for side, command in words.items()}
            mode = "fresh" if variant in _CLOSES else "kept"
            requested = target if colon else asked.target or "/ping"
            cells.append(Cell(name, served, asked.ready or "/health", requested, mode))
    if mistakes:
        raise UsageError(mistakes)
    return cells


def servers_of(asked: AskedSides) -> list[str]:
    """The programs that those cells, of which each exists, start."""
    _, variants = _variants()
    names = (cell.partition(":")[0] for cell in asked.cells or DEFAULT_CELLS)
    return sorted({variants[name].server for name in names})


def _variants() -> tuple[Path, dict[str, Variant]]:
    """Those of this project's own servers, and the suite that has them."""
    suite = find_suite("hundred")
    return suite, {variant.name: variant for variant in read_suite(suite).variants if variant.server}
