"""The cells of a gate: which server is started how on either side, and what is asked of it.

Pure, but for reading the suite that says how the variants are started.
"""

from __future__ import annotations

from pathlib import Path

from gating.options import GateOptions, UsageError
from gating.quad import BASELINE, CANDIDATE
from gating.slice_load import Cell
from plans.suite import find_suite, read_suite
from plans.variant import Variant
from plans.toml_table import nearest

DEFAULT_CELLS = ("thread-per-request", "async")
COMMAND_CELL = "command"

_SUITE = "hundred"
_CLOSES = "sequential", "pool-8"  # these close a connection after each reply


def command_cells(options: GateOptions) -> list[Cell]:
    """The one cell of two commands; in --aa the baseline's command is both."""
    target = options.target or "/"
    commands = {
        BASELINE: options.baseline_cmd or [],
        CANDIDATE: options.candidate_cmd or options.baseline_cmd or [],
    }
    return [Cell(COMMAND_CELL, commands, target, target, options.connections)]


def build_cells(options: GateOptions, baseline: Path, candidate: Path, handicap_ns: int = 0) -> list[Cell]:
    """The cells of two build folders. Raises UsageError, a line for each variant that does not exist."""
    variants = {v.name: v for v in read_suite(find_suite(_SUITE)).variants}
    names = options.cells or DEFAULT_CELLS
    chosen = [(name, *_split(name, options.target or "/ping")) for name in names]
    mistakes = [
        f"--cells: {variant!r} is no variant: {nearest(variant, variants)}"
        for _, variant, _ in chosen
        if variant not in variants
    ]
    mistakes += [
        f"--cells: {name}: what is asked for begins with a slash, as in {variant}:/ping"
        for name, variant, target in chosen
        if not target.startswith("/")
    ]
    if mistakes:
        raise UsageError(mistakes)
    burden = ["--handicap-ns", str(handicap_ns)] if handicap_ns else []
    return [
        Cell(
            name=name,
            commands={
                BASELINE: _command(variants[variant], baseline),
                CANDIDATE: _command(variants[variant], candidate) + burden,
            },
            ready_path="/health",
            target=target,
            connections=options.connections,
            connection_mode="fresh" if variant in _CLOSES else "kept",
        )
        for name, variant, target in chosen
    ]


def _split(name: str, target: str) -> tuple[str, str]:
    variant, colon, own = name.partition(":")
    return variant, own if colon else target


def _command(variant: Variant, build: Path) -> list[str]:
    return [str(build / "servers" / variant.server), *variant.args, "--address", "127.0.0.1", "--port", "0"]
