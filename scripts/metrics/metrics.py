"""THE list of metrics: tables, sentences, charts and comparisons know of no other. To add one, add an entry.
A duration is in microseconds here, whatever its column's unit.

And the one rule for which run counts: one that the generator called valid, whose server and generator ended
as they should, and of which every request was answered ok. Others may be shown, marked, and rank nothing."""

from collections.abc import Callable, Iterable, Set
from typing import NamedTuple

from recordings.recording import FAILED, Row
from text.units import duration_text, memory_text, ratio_text, round_duration_text

PAGE, TERMINAL, README, COMPARISON = "page", "terminal", "README", "comparison"
CLIENTS = "clients"  # wherever clients are compared, and not servers
MARK = "†"  # beside a figure of runs of which none counts


def counts(run: Row) -> bool:
    return run.verdict == "valid" and did_its_work(run)


def did_its_work(run: Row) -> bool:
    """Whoever fails requests is done sooner, and has beaten nothing: a refusal is cheap."""
    return run.ok == run.requests


def counted(runs: Iterable[Row]) -> list[Row]:
    return [run for run in runs if counts(run)]


def why_not(run: Row) -> str | None:
    """In a word; None of a run that counts."""
    if run.verdict != "valid":
        return FAILED if run.verdict == FAILED else "invalid"
    return None if did_its_work(run) else "with errors"


def done_by(run: Row) -> str:
    """By what a reply was there: `kernel`, by its stamp, or `read`, when the client had read it, some 30 us
    later; `both`. Latencies of two kinds are not held against each other."""
    return getattr(run, "done_by", None) or "read"


def is_rate_of_the_generator(run: Row) -> bool:
    """A closed loop whose generator had no more core: its rate says nothing of the server."""
    return bool(run.client_bound)


class Figure(NamedTuple):
    """A run's value of a metric; `is_bound`: it is at least that, as requests that failed would be longer."""

    value: float
    is_bound: bool = False


class Metric(NamedTuple):
    """`source`: a column, or two: `a / b`, which none has where b is 0, or `a - b`, which is never below 0.
    `better`: +1 where more is, -1 where less is, 0 where neither. `places`: where it is shown; `ranged_in`:
    where the range of the repetitions is too. `expendable`: a terminal that is too narrow leaves out the
    metric of the highest first (0: never). `is_of`: the runs that have it, where not all do."""

    key: str
    name: str
    source: str
    text: Callable[[float], str]
    better: int
    places: Set[str] = frozenset()
    ranged_in: Set[str] = frozenset()
    expendable: int = 0
    is_of: Callable[[Row], bool] | None = None

    @property
    def is_latency(self) -> bool:
        return self.source.startswith("latency_") and " " not in self.source

    def read(self, run: Row) -> Figure | None:
        column, sign, other = self.source.split() if " " in self.source else (self.source, "", "")
        # A latency has two columns, of which a run fills one: its value, or what it is at least.
        at_least = column.removesuffix("_us") + "_at_least_us"
        value, second, bound = (getattr(run, name, None) for name in (column, other, at_least))
        if self.is_of and not self.is_of(run):
            return None
        to_us = 1e3 if column.endswith("_ms") else 1.0
        if sign == "-":
            return None if None in (value, second) else Figure(max(value - second, 0.0) * to_us)
        if sign == "/":
            return Figure(value / second) if value is not None and second else None
        if value is not None:
            return Figure(value * to_us)
        return None if bound is None else Figure(bound * to_us, is_bound=True)


def _is_flow(run: Row) -> bool:
    """Of a number of requests at once a rate would say the makespan again."""
    return run.makespan_ms is None


_num, _whole, _rps = "{:.3g}".format, "{:,.0f}".format, "{:,.0f} req/s".format
_time, _kib, _ratio = duration_text, memory_text, ratio_text
_TABLES, _WIDE = frozenset((PAGE, TERMINAL)), frozenset((PAGE, README))
_SHOWN = _TABLES | _WIDE
_ALL = _SHOWN | {COMPARISON}

_LIST = (
    Metric("makespan", "makespan", "makespan_ms", _time, -1, _ALL, ranged_in={PAGE}),
    Metric("ideal", "ideal", "ideal_ms", round_duration_text, 0, _TABLES, expendable=5),
    Metric("over_ideal", "× ideal", "makespan_over_ideal", _ratio, -1, _SHOWN, _WIDE, 1, is_of=did_its_work),
    Metric("generator_makespan", "added: generator", "makespan_generator_ms", _time, -1, {PAGE}),
    Metric("connecting", "added: connecting", "makespan_connect_ms", _time, -1, {PAGE}),
    Metric("server_makespan", "added: server", "makespan_server_ms - ideal_ms", _time, -1, {PAGE}),
    Metric("rate", "requests/s", "throughput_rps", _whole, +1, _TABLES | {CLIENTS}, {PAGE}, is_of=_is_flow),
    Metric("throughput", "throughput", "throughput_rps", _rps, +1, {COMPARISON}),
    Metric("p50", "p50", "latency_p50_us", _time, -1, _TABLES | {COMPARISON}, expendable=6),
    Metric("p99", "p99", "latency_p99_us", _time, -1, _TABLES | {COMPARISON, CLIENTS}, expendable=2),
    Metric("max", "max", "latency_max_us", _time, -1, {PAGE}),
    Metric("cpu", "CPU per request", "server_cpu_us_per_request", _time, -1, _ALL, expendable=4),
    Metric("threads", "threads", "server_threads_peak", _whole, 0, _TABLES | {README}, expendable=1),
    Metric("memory", "memory", "server_rss_peak_kib", _kib, -1, _ALL, expendable=3),
    Metric("switches", "context switches", "server_context_switches", _whole, 0, {PAGE, README}),
    Metric("switches_each", "context switches per request", "server_context_switches / requests", _num, 0),
    Metric("client_cpu", "client CPU per request", "client_cpu_us_per_request", _time, -1, {CLIENTS}),
    Metric("mean", "mean latency", "latency_mean_us", _time, -1, {CLIENTS}),
    Metric("added", "latency - service", "latency_mean_us - service_mean_us", _time, -1, {CLIENTS}),
    Metric("beyond_ideal", "makespan beyond the ideal", "makespan_ms - ideal_ms", _time, -1, {CLIENTS}),
    Metric("start", "start to first reply", "server_start_ms", _time, -1),
    Metric("rest", "memory at rest", "server_rest_rss_kib", _kib, -1),
    Metric("idle_memory", "memory per idle connection", "idle_all_kib_each", _kib, -1, {PAGE}),
    Metric("idle_user", "of it the server's own", "idle_user_kib_each", _kib, -1, {PAGE}),
    Metric("idle_stacks", "kernel stacks", "idle_kernel_stacks_kib_each", _kib, -1, {PAGE}),
    Metric("idle_slab", "slab", "idle_slab_kib_each", _kib, -1, {PAGE}),
    Metric("idle_cpu", "CPU per idle second", "idle_cpu_us_per_s / companions", _time, -1, {PAGE}),
    Metric("idle_switches", "switches per idle second", "idle_switches_per_s / companions", _num, -1, {PAGE}),
    Metric("held", "abandoned, still held", "abandoned_held", _whole, -1, {PAGE}),
    Metric("let_go", "let go after", "abandoned_let_go_ms", _time, -1, {PAGE}),
    Metric("lag_p99", "lag p99", "lag_p99_us", _time, -1),
)
METRICS = {metric.key: metric for metric in _LIST}


def shown_in(place: str) -> list[Metric]:
    return [metric for metric in METRICS.values() if place in metric.places]
