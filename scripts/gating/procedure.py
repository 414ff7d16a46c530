"""The gate's way to its verdict: interim analyses at 12, 24 and 40 quads (the looks), and one repeat with
fresh quads of what looks regressed.

Pure: where quads come from is the source's business, so that a gate that measures, one that reads a
recording and one that is simulated decide by the very same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cli.errors import CommandFailed
from gating.quad import MAIN, REPEAT, Quad
from gating.verdict import (
    CellResult,
    Rule,
    Verdict,
    agrees,
    beyond_margin,
    is_clear,
    judged,
    suspects,
    unclear,
)


TURN = 4  # quads of a cell, before it is another cell's turn


class BenchmarkFailed(CommandFailed):
    """A side could not be measured: which, and what happened, in a line."""


class InvalidMeasurement(CommandFailed):
    """The generator called a slice invalid at every attempt: which slice, and why."""


class Source(Protocol):
    def quads(self, cell: str, stage: str, first: int, count: int) -> list[Quad]:
        """Quads first to first + count - 1, counted from 0; fewer when time is up or there are no more."""
        ...


@dataclass
class CellState:
    """A cell's quads and verdict so far. Only a cell that looked like a regression has a `repeat`."""

    cell: str
    main: list[Quad] = field(default_factory=list)
    repeat: list[Quad] = field(default_factory=list)
    verdict: Verdict = Verdict.INCONCLUSIVE
    regressed: tuple[str, ...] = ()  # the metrics, confirmed

    def quads(self, stage: str) -> list[Quad]:
        return self.repeat if stage == REPEAT else self.main


@dataclass(frozen=True)
class Decision:
    verdict: Verdict
    reason: str
    cells: tuple[CellState, ...]

    def results(self, rule: Rule) -> list[CellResult]:
        first = [judged(state.cell, state.main, rule) for state in self.cells]
        tests = max(sum(len(result.p_values) for result in first), 1)
        return [judged(state.cell, state.main, rule, tests) for state in self.cells]

    def beyond_margin(self, rule: Rule) -> list[str]:
        """`p99 of async`: what is only shown, and is wholly worse than the margin."""
        return [f"{name} of {r.cell}" for r in self.results(rule) for name in beyond_margin(r, rule)]


OnProgress = Callable[[Sequence[CellState], str], None]


def decide(
    cells: Sequence[str], rule: Rule, source: Source, on_progress: OnProgress = lambda *_: None
) -> Decision:
    """Measures until the verdict is clear or the looks are over. `on_progress` is called after every turn."""
    states = [CellState(cell) for cell in cells]

    def decision(verdict: Verdict, *reasons: str) -> Decision:
        return Decision(verdict, "; ".join(filter(None, reasons)), tuple(states))

    doubt = ""
    try:
        for look in rule.looks:
            open_states = [state for state in states if state.verdict is Verdict.INCONCLUSIVE]
            if not _fill(open_states, MAIN, look, source, states, on_progress):
                over = f"the time or the quads were over before the look at {look}"
                open_yet = f"still open: {left}" if (left := _left(states, rule)) else ""
                return decision(Verdict.INCONCLUSIVE, over, open_yet, doubt)
            results = [judged(state.cell, state.main, rule) for state in states]
            if suspected := suspects(results, rule):
                confirmed, doubt = _confirm(suspected, look, rule, source, states, on_progress)
                if confirmed:
                    return decision(Verdict.REGRESSED, confirmed)
            for state, result in zip(states, results):
                if is_clear(result, rule):
                    state.verdict = Verdict.NOT_REGRESSED
            if all(state.verdict is Verdict.NOT_REGRESSED for state in states):
                return decision(
                    Verdict.NOT_REGRESSED, f"no gated metric is worse by {rule.margin * 100:.3g} %"
                )
        neither = f"{rule.looks[-1]} quads show neither of {_left(states, rule)}"
        return decision(Verdict.INCONCLUSIVE, neither, doubt)
    except BenchmarkFailed as failure:
        return decision(Verdict.FAILED, str(failure))
    except InvalidMeasurement as failure:
        return decision(Verdict.INVALID, str(failure))


def _left(states: list[CellState], rule: Rule) -> str:
    """`errors of async`: what is not shown to be no worse than the margin."""
    results = [judged(state.cell, state.main, rule) for state in states]
    return ", ".join(f"{name} of {r.cell}" for r in results for name in unclear(r, rule))


def _confirm(
    suspected: list[tuple[str, str]],
    look: int,
    rule: Rule,
    source: Source,
    states: list[CellState],
    on_progress: OnProgress,
) -> tuple[str, str]:
    """Measures the suspected cells afresh, as many quads as raised the suspicion: it must be seen twice.

    The reason to call it a regression, or the doubt that is left; the next look may resolve that, and then
    the repeat is made as large as that look.
    """
    repeated = [state for state in states if state.cell in {cell for cell, _ in suspected}]
    names = ", ".join(f"{metric} of {cell}" for cell, metric in suspected)
    if not _fill(repeated, REPEAT, look, source, states, on_progress):
        return "", f"{names} looked worse, but the time was over before the repeat was"
    for state in repeated:
        repeat = judged(state.cell, state.repeat, rule)
        metrics = [metric for cell, metric in suspected if cell == state.cell]
        state.regressed = tuple(metric for metric in metrics if agrees(metric, repeat, rule))
        if state.regressed:
            state.verdict = Verdict.REGRESSED
    confirmed = [f"{metric} of {state.cell}" for state in repeated for metric in state.regressed]
    if confirmed:
        return f"{', '.join(confirmed)}: worse than the margin, and so again in a fresh repeat", ""
    return "", f"{names} looked worse after {look} quads, but not in a fresh repeat"


def _fill(
    wanted: list[CellState],
    stage: str,
    count: int,
    source: Source,
    states: list[CellState],
    on_progress: OnProgress,
) -> bool:
    """Brings the cells to this many quads, some of each in turn; false when the source has no more."""
    while True:
        short = [state for state in wanted if len(state.quads(stage)) < count]
        if not short:
            return True
        for state in short:
            quads = state.quads(stage)
            new = source.quads(state.cell, stage, len(quads), min(TURN, count - len(quads)))
            quads += new
            on_progress(
                states, f"{state.cell}, {'quads' if stage == MAIN else 'repeat'} {len(quads)} of {count}"
            )
            if not new:
                return False
