"""The verdict card of a curve: for each model, until where it holds up, what it costs there and what breaks
first; and in one sentence where they part. Pure. What "holds up" means is in metrics/holding.py.
"""

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from metrics.digest import figure_text, spread
from metrics.holding import NOWHERE, Break, Broken, Holding, figure_of
from metrics.metrics import METRICS, Figure, Metric
from plans.holds_up import ERRORS, SATURATION
from recordings.recording import OUTCOMES
from stats.order_statistics import Middle, coverage, middle
from text.table import Column, Table, TableCell, make_table
from text.units import NONE, first_few, plural, range_text
from words.crossovers import SURE, crossover
from words.ladders import Ladder, number_text, runs_there
from words.phrases import whole


class Card(NamedTuple):
    """`sentence` is the whole in one, `how` what its words and brackets mean; both are marked."""

    title: str
    sentence: str
    table: Table
    how: str


def curve_card(ladder: Ladder) -> Card:
    """The best first; those without a valid run last."""
    bar, curve = ladder.bar, ladder.curve
    rows = [*reversed(ladder.measured), *(h for h in ladder.holdings if not h.until)]
    columns = [
        Column(ladder.recording.varies, lambda h: h.subject, is_words=True),
        Column("holds up until", lambda h: _until_cell(ladder, h), note=curve.axis_text),
        Column(ladder.bar_name, lambda h: _there(ladder, h), note="there"),
        *(
            Column(METRICS[key].name, lambda h, key=key: _cost_there(h, key), note="there")
            for key in bar.rule.costs
            if key != bar.metric.key
        ),
        Column("breaks first", lambda h: _breaks_cell(ladder, h), is_words=True),
    ]
    return Card(curve.name, crossover(ladder), make_table(curve.name, columns, rows), _how(ladder))


def _until_cell(ladder: Ladder, holding: Holding) -> TableCell:
    until = holding.until
    if until is None:
        return TableCell("none", f"no valid run: {_silence(holding)}", "bad")
    return TableCell(ladder.until_text(until), _limits(until))


def _limits(until: Middle) -> str:
    """`[10,000, 30,000]`; empty where it says no more than the median does."""
    if (until.low, until.high) == (until.value, until.most) and until.most in (until.value, math.inf):
        return ""
    low = "below the first" if until.low == NOWHERE else number_text(until.low)
    return f"[{low}, {'open' if until.high == math.inf else number_text(until.high)}]"


def _silence(holding: Holding) -> str:
    """Why its runs tell nothing: each kind of reason once."""
    reasons = [reason for run in holding.silent for reason in (run.reasons or "").split("; ") if reason]
    kinds = dict.fromkeys(reason.partition(":")[0] for reason in reasons)
    return "; ".join(first_few(list(kinds))) or "it was the generator that was measured"


def _there(ladder: Ladder, holding: Holding) -> TableCell:
    """What is bounded, at the last place where the model holds up."""
    bar = ladder.bar
    return _figure_cell(
        bar.metric, (figure_of(ladder.recording, bar.rule, run) for run in runs_there(holding))
    )


def _cost_there(holding: Holding, key: str) -> TableCell:
    return _figure_cell(METRICS[key], map(METRICS[key].read, runs_there(holding)))


def _figure_cell(metric: Metric, figures: Iterable[Figure | None]) -> TableCell:
    """The median, with its interval beneath it."""
    there = list(filter(None, figures))
    if not there:
        return TableCell(NONE)
    limits = middle([figure.value for figure in there])
    text = range_text(limits.low, limits.high, metric.text, ", ")
    return TableCell(figure_text(metric, spread(there)), f"[{text}]" if ", " in text else "")


def _breaks_cell(ladder: Ladder, holding: Holding) -> TableCell:
    if holding.until is None:
        return TableCell(NONE)
    breaks = holding.breaks
    if not breaks:
        return TableCell(_unbroken(ladder, holding), kind="quiet")
    how = breaks[0].how
    alike = sum(bool(climb.broken and climb.broken.how is how) for climb in holding.climbs)
    notes = [_bound_text(ladder, breaks)] if how is Break.SATURATION else []
    if alike < len(holding.climbs):
        notes.append(f"in {alike} of {plural(len(holding.climbs), 'repetition')}")
    return TableCell(_BREAKS[how](ladder, breaks), ", ".join(notes))


def _unbroken(ladder: Ladder, holding: Holding) -> str:
    if holding.last < ladder.top:
        return f"nothing: not asked for more than {number_text(holding.last)}"
    if holding.until.value == ladder.top:
        return "nothing that was tried"
    return f"unknown: beyond, too few valid runs ({_silence(holding)})"


def _errors_text(_: Ladder, breaks: list[Broken]) -> str:
    runs = [broken.run for broken in breaks]
    counts = {name: sum(getattr(run, name) or 0 for run in runs) for name in OUTCOMES if name != "ok"}
    worst = max(counts, key=lambda name: counts[name])
    failed, asked = sum(run.requests - run.ok for run in runs), sum(run.requests for run in runs)
    share = 100 * failed / asked
    return (
        f"errors: {share:.2g} % of requests at {number_text(breaks[0].place)}, most {worst.replace('_', ' ')}"
    )


def _saturation_text(_: Ladder, breaks: list[Broken]) -> str:
    served = spread(map(METRICS["throughput"].read, [broken.run for broken in breaks]))
    rate = f"{whole(served.median)}/s" if served else "less"
    offered = getattr(breaks[0].run, "offered_rps", None)
    return f"takes {rate} {f'of {whole(offered)} offered' if offered else 'than was offered'}"


def _bound_text(ladder: Ladder, breaks: list[Broken]) -> str:
    bar, place = ladder.bar, number_text(breaks[0].place)
    figures = [figure_of(ladder.recording, bar.rule, broken.run) for broken in breaks]
    return f"{ladder.bar_name} at {place}: {figure_text(bar.metric, spread(figures)) or 'unknown'}"


_BREAKS: dict[Break, Callable[[Ladder, list[Broken]], str]] = {
    Break.ERRORS: _errors_text,
    Break.SATURATION: _saturation_text,
    Break.BOUND: _bound_text,
}


def _how(ladder: Ladder) -> str:
    rule = ladder.bar.rule
    ends = ["a request fails"] if ERRORS not in rule.allows else []
    if SATURATION not in rule.allows and not ladder.is_of_rates:  # a closed loop is offered nothing
        ends.append("the server no longer takes what is offered")
    ends = " or ".join(filter(None, (", ".join(ends), _bound_phrase(ladder))))
    which = "by the suite’s own bound" if ladder.recording.run["holds_up"] else "by the rule for all suites"
    needed = next(n for n in range(1, 100) if coverage(1, n) >= SURE)
    return (
        f"Holds up, {which}: until the last place below the first where {ends}. It is the median over the "
        "repetitions; “≥” means that nothing broke above it, or that the runs next above are not valid. In "
        "brackets is the median’s exact interval (order statistics); with few repetitions, from the least to "
        f"the greatest; {needed} make it one of 95 %. What lies between two places is unknown."
    )


def _bound_phrase(ladder: Ladder) -> str:
    bar, name = ladder.bar, ladder.bar_name
    if bar.is_of_own_best:
        return f"its {name} is below {100 * bar.limit.value:.3g} % of the best that it had before"
    beyond = "below" if bar.metric.better > 0 else "above"
    text = f"its {name} is {beyond} {bar.metric.text(bar.value)}"
    if not bar.limit.is_multiple:
        return text
    return f"{text} ({bar.limit.value:.3g} times the least of all at {number_text(bar.first)})"
