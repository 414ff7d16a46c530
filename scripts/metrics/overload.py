"""What overload is judged by: what is answered in time, what is spent on what nobody waits for any more, and
when it is over. Of valid runs, whether requests failed in them or not: that some do is what is asked."""

from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import NamedTuple

from metrics.digest import Digest, Spread, spread
from metrics.metrics import Figure
from recordings.csv_table import grouped
from recordings.recording import Recording, Row
from stats.quantiles import quantile

WINDOW_MS = 100
_TIMES_WORSE = 2.0  # than before the overload: no longer what it was
_WINDOWS_IN_A_ROW = 3  # that must be as before, lest one of luck is taken for the end


def of_valid(read: Callable[[Row], Figure | None], digest: Digest) -> Spread | None:
    return spread(map(read, _valid_runs(digest)))


def _valid_runs(digest: Digest) -> list[Row]:
    return [run for run in digest.runs if run.verdict == "valid"]


def goodput_share(run: Row) -> Figure | None:
    """Replies in time, as a share of what the same variant serves when it is asked for no more."""
    capacity = getattr(run, "capacity_rps", None)
    return Figure(run.throughput_rps / capacity) if capacity else None


def wasted_share(run: Row) -> Figure | None:
    """Of the server's CPU time, what is more than the replies in time cost at its capacity. It ends with the
    last request's outcome: what the server does for nobody after that is in no figure."""
    columns = ("capacity_cpu_us_per_request", "server_utilisation", "duration_s")
    cost_us, used, duration_s = (getattr(run, column, None) for column in columns)
    if not (cost_us and used and duration_s):
        return None
    used_s = used * (duration_s + (getattr(run, "drain_ms", None) or 0) / 1e3)
    return Figure(max(1 - run.ok * cost_us / 1e6 / used_s, 0.0))


class Window(NamedTuple):
    """The p99 of the requests due in it, infinite where that one failed; `at_least_us`: as long as was waited
    for it."""

    start_ms: float
    p99_us: float
    at_least_us: float


class Recovery(NamedTuple):
    """A run that was overloaded from `begin_ms` to `back_ms`. `after_ms`: from the step back until p99 is
    what it was; None: not while it was watched."""

    windows: list[Window]
    before_us: float
    begin_ms: float
    back_ms: float
    watched_ms: float
    after_ms: float | None


def recovery(rows: Iterable[Row], steps: Sequence[Sequence[int]]) -> Recovery | None:
    """Of three steps, the first and the last of one load; `steps` has pairs of milliseconds and per cent.
    None where p99 was not there to come back to: a failed request has none."""
    if len(steps) != 3 or steps[0][1] != steps[2][1]:
        return None
    due = [row for row in rows if row.due_us is not None and row.latency_us is not None]
    (begin_ms, _), (overload_ms, _), (watched_ms, _) = steps
    back_ms = begin_ms + overload_ms
    before = [row for row in due if row.due_us < begin_ms * 1e3]
    before_us = _p99(before)[0] if before else inf
    if before_us == inf:
        return None
    parts = grouped(due, lambda row: int(row.due_us / 1e3 // WINDOW_MS))
    places = [n for n in range((back_ms + watched_ms) // WINDOW_MS) if n in parts]
    windows = [Window(float(n * WINDOW_MS), *_p99(parts[n])) for n in places]
    after = [window for window in windows if window.start_ms >= back_ms]
    good = [window.p99_us <= _TIMES_WORSE * before_us for window in after]
    starts = range(len(good) - _WINDOWS_IN_A_ROW + 1)
    ends = (after[n].start_ms - back_ms for n in starts if all(good[n : n + _WINDOWS_IN_A_ROW]))
    return Recovery(windows, before_us, begin_ms, back_ms, watched_ms, next(ends, None))


def _p99(rows: Sequence[Row]) -> tuple[float, float]:
    """With failed requests at infinity, and at what they were waited for."""
    answered = [row.latency_us if row.outcome == "ok" else inf for row in rows]
    return quantile(answered, 0.99), quantile([row.latency_us for row in rows], 0.99)


def recoveries(recording: Recording, digest: Digest) -> list[Recovery]:
    """Of its valid runs that have rows of all their requests."""
    steps = recording.workload(digest.workload).get("steps") or []
    runs = [run for run in _valid_runs(digest) if not run.rows_cut] if steps else []
    return [made for run in runs if (made := recovery(recording.requests_of(run), steps))]
