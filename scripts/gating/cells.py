"""The cells of a gate: how each side's server is started, and what it is asked for.

Pure, but for reading the suite that says how the variants are started.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cli.errors import UsageError
from gating.blocks import BASELINE, CANDIDATE
from gating.options import GateOptions
from plans.suite import find_suite, read_suite
from plans.variant import Places, command_of
from text.units import nearest

DEFAULT_CELLS = ("thread-per-request", "async")
_CLOSES = "sequential", "pool-8"  # these close a connection after each reply

CellsOf = Callable[[Mapping[str, int]], "list[GateCell]"]  # of what each candidate burns, in ns a request


@dataclass(frozen=True)
class GateCell:
    """One comparison. `commands` by side; `rate_rps`: of an open loop, None where the loop is closed."""

    name: str
    commands: dict[str, list[str]]
    ready_path: str
    target: str
    connection_mode: str = "kept"
    rate_rps: int | None = None


def command_cells(options: GateOptions) -> list[GateCell]:
    """Those of two commands; the baseline's is both where there is one."""
    target, baseline = options.target or "/", options.baseline_cmd
    commands = {BASELINE: baseline, CANDIDATE: options.candidate_cmd or baseline}
    return _with_rate([GateCell("command", commands, options.ready or target, target)], options)


def build_cells(
    options: GateOptions, folders: dict[str, Path], handicaps: Mapping[str, int] = {}
) -> list[GateCell]:
    """Those of two build folders, by side. Raises UsageError, a line for each variant that does not exist."""
    suite = find_suite("hundred")
    variants = {v.name: v for v in read_suite(suite).variants}
    cells, mistakes = [], []
    for name in options.cells or DEFAULT_CELLS:
        variant, colon, target = name.partition(":")
        if variant not in variants:
            mistakes.append(f"--cells: {variant!r} is no variant: {nearest(variant, variants)}")
        elif colon and not target.startswith("/"):
            mistakes.append(f"--cells: {name}: what is asked for begins with a slash, as in {variant}:/ping")
        else:
            commands = {
                side: command_of(variants[variant], Places(suite.parent / suite.stem, folder))
                for side, folder in folders.items()
            }
            if name in handicaps:
                commands[CANDIDATE] += ["--handicap-ns", str(handicaps[name])]
            mode = "fresh" if variant in _CLOSES else "kept"
            asked = target if colon else options.target or "/ping"
            cells.append(GateCell(name, commands, options.ready or "/health", asked, mode))
    if mistakes:
        raise UsageError(mistakes)
    return _with_rate(cells, options)


def _with_rate(cells: list[GateCell], options: GateOptions) -> list[GateCell]:
    """Beside each cell one at the fixed rate, where there is one."""
    rate = options.rate
    at_rate = [replace(cell, name=f"{cell.name}@{rate}", rate_rps=rate) for cell in cells if rate]
    return [*cells, *at_rate]
