"""The gate's way to its verdict: blocks are measured until an interim analysis (a look) decides.

Pure: where blocks come from is the source's business, so that a gate that measures, one that reads a
recording and one that is simulated decide by the very same rules.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cli.errors import CommandFailed
from gating.blocks import Block
from gating.verdict import CellResult, Rule, Verdict, judged


class BenchmarkFailed(CommandFailed):
    """A side could not be measured: which, and what happened, in a line."""


class InvalidMeasurement(CommandFailed):
    """The generator called block after block invalid: of which cell, and why."""


@dataclass(frozen=True)
class Decision:
    verdict: Verdict
    reason: str
    results: tuple[CellResult, ...]

    @property
    def beyond_margin(self) -> list[str]:
        """`p50 of async`: what is only shown, and is wholly worse than the margin: no green beside it."""
        metrics = [(result.cell, metric) for result in self.results for metric in result.metrics.values()]
        return [f"{m.name} of {cell}" for cell, m in metrics if m.looks_worse and not m.can_fail]


Source = Callable[[str], Block | None]  # the next block of a cell; None when time is up or there are no more
OnProgress = Callable[[Sequence[CellResult]], None]


def decide(cells: Sequence[str], rule: Rule, source: Source, tell: OnProgress | None = None) -> Decision:
    """Measures until the verdict is clear or the looks are over. `tell` is called after every block.

    When there are no more blocks, for a reason that knows nothing of them, what there is has the next look's
    chance of being wrong, as that look will not be made.
    """
    blocks: dict[str, list[Block]] = {cell: [] for cell in cells}
    undecided = list(cells)

    def results() -> tuple[CellResult, ...]:
        return tuple(judged(cell, of_cell, rule, len(cells)) for cell, of_cell in blocks.items())

    def measured(count: int) -> bool:
        """Brings the undecided cells to so many blocks, one of each in turn; false when there are no more."""
        while short := [cell for cell in undecided if len(blocks[cell]) < count]:
            for cell in short:
                if (block := source(cell)) is None:
                    return False
                blocks[cell].append(block)
                if tell:
                    tell(results())
        return True

    def names(kind: str) -> str:
        return ", ".join(f"{name} of {result.cell}" for result in at_look for name in getattr(result, kind))

    try:
        for look in rule.looks:
            is_whole, at_look = measured(look), results()
            if worse := names("worse"):
                return Decision(Verdict.REGRESSED, f"{worse}: worse by more than the margin", at_look)
            undecided = [result.cell for result in at_look if not result.is_clear]
            if not undecided:
                reason = f"nothing that was asked for is worse by {rule.margin * 100:.3g} %"
                return Decision(Verdict.NOT_REGRESSED, reason, at_look)
            if not is_whole:  # this was the last look, in place of the one that it was too soon for
                break
        open_yet = f"still open: {unclear}" if (unclear := names("unclear")) else "nothing was measured"
        over = f"the time or the blocks were over before the look at {look}"
        reason = f"{look} blocks decide nothing" if is_whole else over
        return Decision(Verdict.INCONCLUSIVE, f"{reason}: {open_yet}", at_look)
    except BenchmarkFailed as failure:
        return Decision(Verdict.FAILED, str(failure), results())
    except InvalidMeasurement as failure:
        return Decision(Verdict.INVALID, str(failure), results())
