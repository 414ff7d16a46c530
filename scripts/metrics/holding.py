"""Until where a model holds up along a curve, and what breaks first: the one rule, for every suite.

A run breaks, at its place on the curve, where
- errors: a request did not end ok. (RFC 1242, 3.17: throughput is the highest rate at which nothing is lost.)
- saturation: its open loop queued on the server, which took less than it was offered.
- the bound: its p99 is above four times the least median that any model has at the curve's first place. (The
  usable capacity is what is reached within a limit set beforehand: Jain, The Art of Computer Systems
  Performance Analysis, section 3.3. Beyond four times what satisfies them, users are frustrated: Apdex.) But
  none below 5 ms, as a server's turn may be a time slice of the kernel's late, 3 to 4 ms on Linux, under any
  model: by the bare multiple, models that answer in less than one broke where nothing was asked of them. In a
  closed loop that is swept in connections p99 says the connections again, by Little's law: there its rate is
  below 80 % of the best that the model had with fewer: a share of ours, for want of one to cite.
A suite may set another bound (plans/claims.py).

In a repetition a model holds up until the last place before the first at which its run breaks. A run that is
not valid tells nothing, and neither does a rate that is the generator's: between the last run that held and
the first that broke it leaves open where the end is, and where none broke, all above is open. What is told is
the median over the repetitions.
"""

import math
from collections import Counter
from statistics import median, median_low
from typing import NamedTuple

from metrics.comparing import RATES
from metrics.curves import Curve
from metrics.metrics import METRICS, Figure, Metric, counted, did_its_work, is_rate_of_the_generator
from plans.claims import ERRORS, SATURATION, HoldsUp, Limit, read_holds_up
from plans.toml_table import TomlTable
from recordings.csv_table import grouped
from recordings.recording import FAILED, Recording, ResultsError, Row
from stats.quantiles import Middle, middle
from text.units import nearest

BY_LATENCY = HoldsUp(Limit(4, is_multiple=True))
BY_RATE = HoldsUp(Limit(0.8, is_multiple=True), metric="throughput")
LEAST_BOUND_US = 5e3  # of a latency, where it is a multiple
NOWHERE = -math.inf  # not even at the first place
HELD, SILENT, BOUND = "held", "silent", "bound"
BREAKS = (ERRORS, SATURATION, BOUND)  # the gravest first: a run that breaks in two ways is told by the first


class Rung(NamedTuple):
    """A run at its place: HELD, SILENT where it tells nothing, or how it broke."""

    place: float
    how: str
    run: Row


class Bar(NamedTuple):
    """The bound of a curve. `base` is what a multiple is of, where less is better: the least at `first`."""

    recording: Recording
    rule: HoldsUp
    metric: Metric
    limit: Limit
    first: float
    base: float = 0.0

    @property
    def multiple(self) -> float:
        return self.limit.value * self.base

    @property
    def value(self) -> float:
        """Of the metric, unless it is a share of each model's own best."""
        if not self.limit.is_multiple:
            return self.limit.value
        return max(self.multiple, LEAST_BOUND_US) if self.metric.is_latency else self.multiple

    def figure(self, run: Row) -> Figure | None:
        """The run's, of the rule's class of requests if it names one."""
        wanted = self.rule.request_class
        rows = [row for row in self.recording.classes_of(run) if row.class_ == wanted] if wanted else [run]
        return next(filter(None, map(self.metric.read, rows)), None)

    def how(self, run: Row, figure: Figure | None, best: float) -> str:
        """`best` is what the model had before; a figure that is known as a lower bound is below nothing."""
        # One that failed by what was lost on the way, and not by what the generator lacked, tells something.
        is_loss = run.verdict == FAILED and not did_its_work(run)
        if run.verdict != "valid" and (not is_loss or getattr(run, "generator_shortages", None)):
            return SILENT
        if ERRORS not in self.rule.allows and not did_its_work(run):
            return ERRORS
        if SATURATION not in self.rule.allows and getattr(run, "saturated", None):
            return SATURATION
        if figure is None:
            return SILENT
        if self.metric.better > 0:
            is_met = figure.value >= self.limit.value * (best if self.limit.is_multiple else 1)
        else:
            is_met = not figure.is_bound and figure.value <= self.value
        is_generators = self.metric.key in RATES and is_rate_of_the_generator(run)
        return HELD if is_met else SILENT if is_generators else BOUND


class Holding(NamedTuple):
    """A model on a curve. `climbs`: of the repetitions that tell anything, the rungs up to the first that
    broke; `silent`: the runs that tell nothing."""

    subject: str
    climbs: list[list[Rung]]
    silent: list[Row]
    last: float  # place that it was asked for

    @property
    def until(self) -> Middle | None:
        """Its `most`: until where it may hold up for all that is known. None of a model that was not measured
        validly."""
        ends = [max((r.place for r in climb if r.how == HELD), default=NOWHERE) for climb in self.climbs]
        below = [[NOWHERE, *(rung.place for rung in climb[:-1])] for climb in self.climbs]
        most = [max(b) if climb[-1].how in BREAKS else math.inf for b, climb in zip(below, self.climbs)]
        return middle(ends, most) if ends else None

    @property
    def runs_there(self) -> list[Row]:
        """Of the last place where it holds up; none if there is no such place."""
        there = (HELD, self.until and self.until.value)
        return [rung.run for climb in self.climbs for rung in climb if (rung.how, rung.place) == there]

    @property
    def breaks(self) -> list[Rung]:
        """Those of the commonest kind, at the place where it is the usual one; none if nothing broke."""
        times = Counter(climb[-1].how for climb in self.climbs)
        how = max(BREAKS, key=lambda kind: times[kind])
        alike = [climb[-1] for climb in self.climbs if climb[-1].how == how]
        place = median_low(rung.place for rung in alike) if alike else None
        return [rung for rung in alike if rung.place == place]


def holdings(recording: Recording, curve: Curve) -> tuple[Bar, list[Holding]]:
    """Each model's, in the curve's order. Raises ResultsError for a rule that speaks of no metric."""
    rule = _rule_of(recording, curve)
    bar = Bar(recording, rule, METRICS[rule.metric], rule.limit, curve.places[0])
    for place in curve.places:
        sides = [counted(digest.runs) for digest in curve.at(place)]
        values = [[figure.value for run in runs if (figure := bar.figure(run))] for runs in sides]
        if any(values):
            bar = bar._replace(first=place, base=min(map(median, filter(None, values))))
            break
    models = []
    for line in curve.lines:
        runs = [(point.at, run) for point in line.points for run in point.digest.runs]
        climbs = [_climb(bar, group) for group in grouped(runs, lambda pair: pair[1].repetition).values()]
        silent = [rung.run for climb in climbs for rung in climb if rung.how == SILENT]
        telling = [climb for climb in climbs if any(rung.how != SILENT for rung in climb)]
        models.append(Holding(line.subject, telling, silent, line.points[-1].at))
    return bar, models


def _rule_of(recording: Recording, curve: Curve) -> HoldsUp:
    """The suite's own, or that of the curve's kind."""
    declared = {"holds_up": recording.run["holds_up"]} if recording.run["holds_up"] else {}
    table = TomlTable(str(recording.folder / "run.json"), declared)
    rule = read_holds_up(table)
    if mistakes := table.mistakes + (unknown_metrics(rule) if rule else []):
        raise ResultsError(mistakes)
    runs = [run for line in curve.lines for point in line.points for run in point.digest.runs]
    is_closed = not curve.is_burst and all(run.arrivals == "closed" for run in runs)
    return rule or (BY_RATE if is_closed and curve.axis == "connections" else BY_LATENCY)


def unknown_metrics(rule: HoldsUp) -> list[str]:
    """A line for each name that is no metric: who reads a suite cannot know which there are."""
    names = [name for name in (rule.metric, *rule.costs) if name not in METRICS]
    return [f"holds_up: no such metric {name!r}: {nearest(name, METRICS)}" for name in names]


def _climb(bar: Bar, runs: list[tuple[float, Row]]) -> list[Rung]:
    """Upwards from the first place."""
    climb, best = [], 0.0
    for place, run in runs:
        figure = bar.figure(run)
        climb.append(Rung(place, bar.how(run, figure, best), run))
        if climb[-1].how in BREAKS:
            break
        if climb[-1].how == HELD:
            best = max(best, figure.value)
    return climb
