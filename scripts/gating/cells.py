"""The cells of a gate: how each side's server is started, and what it is asked for.

Pure, but for reading the suite that says how the variants are started.
"""

from __future__ import annotations

from pathlib import Path

from cli.errors import UsageError
from gating.options import GateOptions
from gating.quad import BASELINE, CANDIDATE
from gating.slice_load import GateCell
from plans.suite import find_suite, read_suite
from plans.variant import Places, command_of
from text.nearest import nearest

DEFAULT_CELLS = ("thread-per-request", "async")
COMMAND_CELL = "command"

_SUITE = "hundred"
_CLOSES = "sequential", "pool-8"  # these close a connection after each reply


def command_cells(options: GateOptions) -> list[GateCell]:
    """The one cell of two commands; in --aa the baseline's command is both."""
    target = options.target or "/"
    commands = {
        BASELINE: options.baseline_cmd or [],
        CANDIDATE: options.candidate_cmd or options.baseline_cmd or [],
    }
    return [GateCell(COMMAND_CELL, commands, target, target, options.connections)]


def build_cells(
    options: GateOptions, baseline: Path, candidate: Path, handicap_ns: int = 0
) -> list[GateCell]:
    """The cells of two build folders. Raises UsageError, a line for each variant that does not exist."""
    suite = find_suite(_SUITE)
    variants = {v.name: v for v in read_suite(suite).variants}
    burden = ["--handicap-ns", str(handicap_ns)] if handicap_ns else []
    cells, mistakes = [], []
    for name in options.cells or DEFAULT_CELLS:
        variant, colon, target = name.partition(":")
        if variant not in variants:
            mistakes.append(f"--cells: {variant!r} is no variant: {nearest(variant, variants)}")
        elif colon and not target.startswith("/"):
            mistakes.append(f"--cells: {name}: what is asked for begins with a slash, as in {variant}:/ping")
        else:
            commands = {
                side: command_of(variants[variant], Places(suite.parent / suite.stem, build))
                for side, build in ((BASELINE, baseline), (CANDIDATE, candidate))
            }
            commands[CANDIDATE] += burden
            mode = "fresh" if variant in _CLOSES else "kept"
            asked = target if colon else options.target or "/ping"
            cells.append(GateCell(name, commands, "/health", asked, options.connections, mode))
    if mistakes:
        raise UsageError(mistakes)
    return cells
