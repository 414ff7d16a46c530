"""THE list of metrics: each one's name, how it is read from a run, its unit, which direction is better, and
where it is shown. Tables, sentences, charts and comparisons know of no other.

To add one, add an entry. A duration is in microseconds here, whatever its column's unit.
"""

from collections.abc import Callable, Set
from typing import NamedTuple

from metrics.soundness import did_its_work
from recordings.recording import Row
from text.units import count_text, duration_text, memory_text, ratio_text, round_duration_text

PAGE, TERMINAL, README, COMPARISON = "page", "terminal", "README", "comparison"
CLIENTS = "clients"  # wherever clients are compared, and not servers


class Figure(NamedTuple):
    """A run's value of a metric; `is_bound`: it is at least that, as requests that failed would be longer."""

    value: float
    is_bound: bool = False


class Metric(NamedTuple):
    """`source`: a column, or what reads a run. `better`: +1 where more is, -1 where less is, 0 where neither.

    `places`: where it is shown; `ranged_in`: where the range of the repetitions is too. `expendable`:
    a terminal that is too narrow leaves out the metric of the highest first (0: never).
    """

    key: str
    name: str
    source: str | Callable[[Row], Figure | None]
    text: Callable[[float], str]
    better: int
    places: Set[str] = frozenset()
    ranged_in: Set[str] = frozenset()
    expendable: int = 0

    @property
    def is_latency(self) -> bool:
        return not callable(self.source) and self.source.startswith("latency_")

    def read(self, run: Row) -> Figure | None:
        return self.source(run) if callable(self.source) else _figure(run, self.source)


def _figure(run: Row, column: str) -> Figure | None:
    """A run's cell. A latency has two, of which a run fills one: its value, or what it is at least."""
    for name, is_bound in ((column, False), (column.removesuffix("_us") + "_at_least_us", True)):
        if (value := getattr(run, name, None)) is not None:
            return Figure(value * (1e3 if column.endswith("_ms") else 1.0), is_bound)
    return None


def _made(*columns: str, by: Callable[..., float | None]) -> Callable[[Row], Figure | None]:
    """Of several columns, all of which must be there."""

    def read(run: Row) -> Figure | None:
        values = [getattr(run, column, None) for column in columns]
        value = None if None in values else by(*values)
        return None if value is None else Figure(value)

    return read


def _over_ideal(run: Row) -> Figure | None:
    return _figure(run, "makespan_over_ideal") if did_its_work(run) else None


def _rate(run: Row) -> Figure | None:
    """Of a number of requests at once it would say the makespan again."""
    return _figure(run, "throughput_rps") if run.makespan_ms is None else None


def _each(total: float, count: float) -> float | None:
    return total / count if count else None


def _more(value: float, least: float) -> float:
    return max(value - least, 0.0)


def _more_us(ms: float, least_ms: float) -> float:
    return _more(ms, least_ms) * 1e3


def _whole(count: float) -> str:
    """The median of an even number of counts may lie between two."""
    return count_text(round(count))


_small = "{:.3g}".format
_SWITCHES_EACH = _made("server_context_switches", "requests", by=_each)
_IDLE_CPU = _made("idle_cpu_us_per_s", "companions", by=_each)
_IDLE_SWITCHES = _made("idle_switches_per_s", "companions", by=_each)
_ADDED = _made("latency_mean_us", "service_mean_us", by=_more)  # queue, connect and lag
# What a makespan has more than the ideal: opening, sending and reading, of client and server; and what of
# that is neither the generator's nor connecting.
_BEYOND_IDEAL = _made("makespan_ms", "ideal_ms", by=_more_us)
_OF_THE_SERVER = _made("makespan_server_ms", "ideal_ms", by=_more_us)
_TABLES = frozenset((PAGE, TERMINAL))
_ALL = _TABLES | {README, COMPARISON}

_LIST = (
    Metric("makespan", "makespan", "makespan_ms", duration_text, -1, _ALL, ranged_in={PAGE}),
    Metric("ideal", "ideal", "ideal_ms", round_duration_text, 0, _TABLES, expendable=5),
    Metric("over_ideal", "× ideal", _over_ideal, ratio_text, -1, _ALL - {COMPARISON}, _ALL - {TERMINAL}, 1),
    Metric("generator_makespan", "added: generator", "makespan_generator_ms", duration_text, -1, {PAGE}),
    Metric("connecting", "added: connecting", "makespan_connect_ms", duration_text, -1, {PAGE}),
    Metric("server_makespan", "added: server", _OF_THE_SERVER, duration_text, -1, {PAGE}),
    Metric("rate", "requests/s", _rate, _whole, +1, _TABLES | {CLIENTS}, ranged_in={PAGE}),
    Metric(
        "throughput", "throughput", "throughput_rps", lambda rps: f"{_whole(rps)} req/s", +1, {COMPARISON}
    ),
    Metric("p50", "p50", "latency_p50_us", duration_text, -1, _TABLES | {COMPARISON}, expendable=6),
    Metric("p99", "p99", "latency_p99_us", duration_text, -1, _TABLES | {COMPARISON, CLIENTS}, expendable=2),
    Metric("max", "max", "latency_max_us", duration_text, -1, {PAGE}),
    Metric("cpu", "CPU per request", "server_cpu_us_per_request", duration_text, -1, _ALL, expendable=4),
    Metric("threads", "threads", "server_threads_peak", _whole, 0, _TABLES | {README}, expendable=1),
    Metric("memory", "memory", "server_rss_peak_kib", memory_text, -1, _ALL, expendable=3),
    Metric("switches", "context switches", "server_context_switches", _whole, 0, {PAGE, README}),
    Metric("switches_each", "context switches per request", _SWITCHES_EACH, _small, 0),
    Metric("client_cpu", "client CPU per request", "client_cpu_us_per_request", duration_text, -1, {CLIENTS}),
    Metric("mean", "mean latency", "latency_mean_us", duration_text, -1, {CLIENTS}),
    Metric("added", "latency - service", _ADDED, duration_text, -1, {CLIENTS}),
    Metric("beyond_ideal", "makespan beyond the ideal", _BEYOND_IDEAL, duration_text, -1, {CLIENTS}),
    Metric("start", "start to first reply", "server_start_ms", duration_text, -1),
    Metric("rest", "memory at rest", "server_rest_rss_kib", memory_text, -1),
    Metric("idle_memory", "memory per idle connection", "idle_all_kib_each", memory_text, -1, {PAGE}),
    Metric("idle_user", "of it the server's own", "idle_user_kib_each", memory_text, -1, {PAGE}),
    Metric("idle_stacks", "kernel stacks", "idle_kernel_stacks_kib_each", memory_text, -1, {PAGE}),
    Metric("idle_slab", "slab", "idle_slab_kib_each", memory_text, -1, {PAGE}),
    Metric("idle_cpu", "CPU per idle second", _IDLE_CPU, duration_text, -1, {PAGE}),
    Metric("idle_switches", "switches per idle second", _IDLE_SWITCHES, _small, -1, {PAGE}),
    Metric("held", "abandoned, still held", "abandoned_held", _whole, -1, {PAGE}),
    Metric("let_go", "let go after", "abandoned_let_go_ms", duration_text, -1, {PAGE}),
    Metric("lag_p99", "lag p99", "lag_p99_us", duration_text, -1),
)
METRICS = {metric.key: metric for metric in _LIST}


def shown_in(place: str) -> list[Metric]:
    return [metric for metric in METRICS.values() if place in metric.places]
