"""The verdict of a curve: on a card, for each model, until where it holds up, what it costs there and what
breaks first; and in one sentence where they part. Pure. What "holds up" means is in metrics/holding.py.
Two models are told apart where their medians differ and their intervals share no more than an end."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from metrics.comparing import RATES
from metrics.curves import Curve
from metrics.digest import figure_text, spread
from metrics.holding import NOWHERE, Bar, Holding
from metrics.metrics import METRICS, Figure, Metric
from plans.claims import ERRORS, SATURATION
from recordings.csv_table import grouped
from recordings.recording import Recording
from stats.quantiles import Middle, middle
from text.table import Column, Table, TableCell, make_table
from text.units import NONE, abridged, first_few, joined, names_text, plural
from words.phrases import in_brackets, kinds_of_reasons, whole

_SURE = 0.95
number_text = "{:,.9g}".format  # no more digits than the suite has


class Ladder(NamedTuple):
    """A curve as its verdict tells of it: its models' holdings, in its order, and what all are held to."""

    recording: Recording
    curve: Curve
    bar: Bar
    holdings: list[Holding]

    @property
    def measured(self) -> list[Holding]:
        """Those of which a run tells anything, the first to break before the last."""
        return sorted((h for h in self.holdings if h.until), key=lambda h: (h.until.value, h.until.most))

    @property
    def bar_name(self) -> str:
        return " ".join(filter(None, (self.bar.rule.request_class, self.bar.metric.name)))

    def until_text(self, until: Middle, prefix: str = "until ", at_least: str = "at least ") -> str:
        """`until 30,000`, `until at least 2,000`; of who breaks at the first place `not even 50`."""
        if until.value == NOWHERE:
            first = f"not even {number_text(self.curve.places[0])}"
            return f"at most {number_text(until.most)}" if until.at_least else first
        if prefix and until.value == self.curve.places[-1]:
            return f"to the end, {number_text(until.value)}"
        return prefix + (at_least if until.at_least else "") + number_text(until.value)

    def names_text(self, group: list[Holding]) -> str:
        """Where a rate is bounded, with that: who holds up little is no match for who holds up much."""
        texts = []
        for holding in group:
            runs = holding.runs_there if self.bar.metric.key in RATES else []
            rate = spread(map(METRICS["throughput"].read, runs))
            texts.append(f"`{holding.subject}`" + (f" ({whole(rate.median)}/s)" if rate else ""))
        return joined(first_few(texts))


class Card(NamedTuple):
    """`sentence` is the whole in one, `how` what its words and brackets mean; both are marked."""

    title: str
    sentence: str
    table: Table
    how: str


def curve_card(ladder: Ladder) -> Card:
    """The best first; those without a valid run last."""
    bar, curve = ladder.bar, ladder.curve
    costs = [METRICS[key] for key in bar.rule.costs if key != bar.metric.key]
    columns = [
        Column(ladder.recording.varies, lambda h: h.subject, is_words=True),
        Column("holds up until", lambda h: _until_cell(ladder, h), note=curve.axis_text),
        Column(ladder.bar_name, lambda h: _there(bar.metric, map(bar.figure, h.runs_there)), note="there"),
        *(Column(m.name, lambda h, m=m: _there(m, map(m.read, h.runs_there)), note="there") for m in costs),
        Column("breaks first", lambda h: _breaks_cell(ladder, h), is_words=True),
    ]
    rows = [*reversed(ladder.measured), *(h for h in ladder.holdings if not h.until)]
    return Card(curve.name, crossover(ladder), make_table(curve.name, columns, rows), _how(ladder))


def _until_cell(ladder: Ladder, holding: Holding) -> TableCell:
    """Beneath it `[10,000, 30,000]`; nothing where that says no more than the median does."""
    until = holding.until
    if until is None:
        return TableCell("none", f"no valid run: {_silence(holding)}", "bad")
    text = ladder.until_text(until, "", "≥ ")
    if (until.low, until.high) == (until.value, until.most) and until.most in (until.value, math.inf):
        return TableCell(text)
    low = "below the first" if until.low == NOWHERE else number_text(until.low)
    return TableCell(text, f"[{low}, {'open' if until.high == math.inf else number_text(until.high)}]")


def _silence(holding: Holding) -> str:
    reasons = first_few([*kinds_of_reasons(holding.silent)])
    return "; ".join(reasons) or "it was the generator that was measured"


def _there(metric: Metric, figures: Iterable[Figure | None]) -> TableCell:
    """At the last place where the model holds up: the median, with its interval beneath it."""
    there = list(filter(None, figures))
    limits = middle([figure.value for figure in there]) if there else None
    interval = in_brackets(limits.low, limits.high, metric) if limits else ""
    return TableCell(figure_text(metric, spread(there)) or NONE, interval)


def _breaks_cell(ladder: Ladder, holding: Holding) -> TableCell:
    """What breaks first, where, with its figure; beneath it in how many repetitions, if not in all."""
    if holding.until is None:
        return TableCell(NONE)
    if not holding.breaks:
        text = f"unknown: beyond, too few valid runs ({_silence(holding)})"
        if holding.last < ladder.curve.places[-1]:
            text = f"nothing: not asked for more than {number_text(holding.last)}"
        elif holding.until.value == ladder.curve.places[-1]:
            text = "nothing that was tried"
        return TableCell(text, kind="quiet")
    (place, how, _), runs = holding.breaks[0], [rung.run for rung in holding.breaks]
    name, metric, read = ladder.bar_name, ladder.bar.metric, ladder.bar.figure
    if how == SATURATION:
        name, metric, read = "saturated, throughput", METRICS["throughput"], METRICS["throughput"].read
    figure = figure_text(metric, spread(map(read, runs))) or "unknown"
    if how == ERRORS:
        share = sum(run.requests - run.ok for run in runs) / sum(run.requests for run in runs)
        name, figure = "errors", f"{float(f'{100 * share:.2g}'):g} % of requests"
    alike, ran = sum(climb[-1].how == how for climb in holding.climbs), len(holding.climbs)
    note = f"in {alike} of {plural(ran, 'repetition')}" if alike < ran else ""
    return TableCell(f"{name} at {number_text(place)}: {figure}", note)


def _how(ladder: Ladder) -> str:
    bar, metric, limit = ladder.bar, ladder.bar.metric, ladder.bar.limit
    bound = metric.text(bar.value)
    if limit.is_multiple and metric.better > 0:
        bound = f"{100 * limit.value:.3g} % of the best that it had before"
    elif limit.is_multiple:
        slices = f" is {metric.text(bar.multiple)}, less than a time slice" * (bar.multiple < bar.value)
        bound += f" ({limit.value:.3g} times the least of all at {number_text(bar.first)}{slices})"
    fails = ["a request fails"] * (ERRORS not in bar.rule.allows)
    if SATURATION not in bar.rule.allows and metric.key not in RATES:  # a closed loop is offered nothing
        fails.append("the server no longer takes what is offered")
    worse = f"its {ladder.bar_name} is {'below' if metric.better > 0 else 'above'} {bound}"
    which = "by the suite’s own bound" if ladder.recording.run["holds_up"] else "by the rule for all suites"
    return (
        f"Holds up, {which}: until the last place below the first where {' or '.join([*fails, worse])}. "
        "It is the median over the repetitions; “≥” means that nothing broke above it, or that the runs next "
        "above are not valid. In brackets is the median’s exact interval (order statistics); with few "
        "repetitions, from the least to the greatest; 6 make it one of 95 %. What lies between two places is "
        "unknown."
    )


def crossover(ladder: Ladder) -> str:
    """Where the models of a curve part: who holds up until where, and who is left from there."""
    held, unit = ladder.measured, ladder.curve.axis_text
    if not held:
        return f"**{ladder.curve.name}**: nobody was measured validly."
    best = held[-1].until
    behind = [h for h in held if h.until.high <= best.low and h.until.most < best.value]
    lead = [h for h in held if h not in behind]
    beyond = [h for h in lead if not behind or h.until.value > behind[-1].until.value]
    first, last = beyond[0].until, beyond[-1].until
    span = ladder.until_text(first) + (f" to {number_text(last.value)}" if last.value > first.value else "")
    furthest = f"{ladder.names_text(beyond)} {span}"
    if behind:
        groups = grouped(behind, lambda h: ladder.until_text(h.until))
        texts = abridged([f"{ladder.names_text(group)} {until}" for until, group in groups.items()])
        text = f"{joined(texts)} {unit}; from there {'only ' if len(lead) == 1 else ''}{furthest}"
    else:
        end = "no crossover was seen" if first.value == last.value else "nobody is told from another"
        text = f"{furthest} {unit}" + (f": {end}" if len(beyond) > 1 else "")
    if unclear := [h for h in lead if h not in beyond]:
        text += f"; not told from either: {ladder.names_text(unclear)}"
    fewest = min((h.until for h in held), key=lambda until: until.confidence)
    if fewest.confidence < _SURE:  # so few repetitions that the intervals are worth less than they should be
        text += f" ({plural(fewest.count, 'repetition')}: intervals of {100 * fewest.confidence:.0f} %)"
    if silent := [h.subject for h in ladder.holdings if not h.until]:
        text += f"; no valid run: {names_text(silent)}"
    return f"**{ladder.curve.name}**, who holds up: {text}."
