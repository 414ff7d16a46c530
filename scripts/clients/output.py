"""What the load generators print, read strictly: a tool's own count over its own time, errors, latencies."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

OUTPUT = "client.log"  # what it prints in a run, in the run's folder
_UNITS_US = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6, "h": 3600e6}


class NotUnderstood(Exception):
    """Names what the output lacks, unlike that of the client's known versions: no figure is made up."""


class Reading(NamedTuple):
    """What a client says of a run, by column of summary.csv, and what it holds against it."""

    row: Mapping[str, Any]
    fault: str | None = None


@dataclass(frozen=True)
class Figures:
    """What a tool says of its run."""

    requests: int  # completed ones, errors among them where the tool counts them so
    errors: int
    duration_s: float
    throughput_rps: float
    latency_mean_us: float | None
    latency_p50_us: float | None
    latency_p99_us: float | None
    latency_p99_9_us: float | None = None
    makespan_ms: float | None = None
    http_errors: int = 0  # replies other than 2xx, which are among the errors

    def columns(self) -> dict[str, Any]:
        """By column of summary.csv."""
        figures = vars(self) | {"ok": max(self.requests - self.errors, 0), "http_error": self.http_errors}
        return {name: value for name, value in figures.items() if name not in ("errors", "http_errors")}


def read_wrk(text: str) -> Figures:
    """wrk's and wrk2's."""
    done = _find(text, r"^ *(\d+) requests in (\S+), \S+ read$", "`N requests in T`")
    mean = _find(text, r"^ *Latency +(\S+) +\S+ +\S+ +\S+%$", "the line Latency of its thread statistics")
    p99 = _find(text, r"^ *99(?:\.000)?% +(\S+)$", "the line 99% of its latency distribution")
    p50 = _find(text, r"^ *50(?:\.000)?% +(\S+)$", "the line 50% of its latency distribution")
    p99_9 = re.search(r"^ *99\.900% +(\S+)$", text, re.MULTILINE)  # wrk2's
    socket = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    status = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    refused = int(status[1]) if status else 0
    return Figures(
        requests=int(done[1]),
        errors=sum(map(int, socket.groups() if socket else ())) + refused,
        duration_s=_us(done[2]) / 1e6,
        throughput_rps=_number(_find(text, r"^Requests/sec: +(\S+)$", "the line Requests/sec")[1]),
        latency_mean_us=_us_or_none(mean[1]),
        latency_p50_us=_us_or_none(p50[1]),
        latency_p99_us=_us_or_none(p99[1]),
        latency_p99_9_us=_us_or_none(p99_9[1]) if p99_9 else None,
        http_errors=refused,
    )


def read_h2load(text: str) -> Figures:
    finished = _find(text, r"^finished in (\S+), (\S+) req/s, ", "the line `finished in`")
    done = _find(
        text,
        r"^requests: \d+ total, \d+ started, (\d+) done, \d+ succeeded, (\d+) failed, (\d+) errored, "
        r"(\d+) timeout$",
        "the line `requests:`",
    )
    codes = _find(
        text, r"^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx$", "the line `status codes:`"
    )
    failed, errored, timed_out = (int(count) for count in done.groups()[1:])
    time = _find(text, r"^time for request: +\S+ +\S+ +(\S+) +\S+ +\S+%$", "the line `time for request:`")
    return Figures(
        requests=int(done[1]),
        # Those that errored or timed out are among those that failed.
        errors=max(failed, errored + timed_out) + int(codes[2]),
        duration_s=_us(finished[1]) / 1e6,
        throughput_rps=_number(finished[2]),
        latency_mean_us=_us(time[1]),
        latency_p50_us=None,
        latency_p99_us=None,
        http_errors=sum(map(int, codes.groups()[1:])),
    )


def read_hey(text: str) -> Figures:
    duration = _find(text, r"^  Total:\t(\S+) secs$", "the line Total")
    rate = _find(text, r"^  Requests/sec:\t(\S+)$", "the line Requests/sec")
    mean = _find(text, r"^  Average:\t *(\S+) secs$", "the line Average")
    part = _find(text, r"^Status code distribution:\n((?:  \[\d+\]\t\d+ responses\n)*)", "its status codes")
    codes = re.findall(r"\[(\d+)\]\t(\d+) responses", part[1])
    lost = re.search(r"^Error distribution:\n((?:  \[\d+\]\t.*\n?)*)", text, re.MULTILINE)
    refused = sum(int(count) for code, count in codes if not code.startswith("2"))
    without_reply = re.findall(r"^  \[(\d+)\]\t", lost[1] if lost else "", re.MULTILINE)
    # Not there when there was no reply.
    p50, p99 = (re.search(rf"^  {q}% in (\S+) secs$", text, re.MULTILINE) for q in (50, 99))
    return Figures(
        requests=sum(int(count) for _, count in codes),
        errors=refused + sum(map(int, without_reply)),
        duration_s=_number(duration[1]),
        throughput_rps=_number(rate[1]),
        latency_mean_us=None if mean[1] == "NaN" else _number(mean[1]) * 1e6,
        latency_p50_us=_number(p50[1]) * 1e6 if p50 else None,
        latency_p99_us=_number(p99[1]) * 1e6 if p99 else None,
        http_errors=refused,
    )


def read_ab(text: str) -> Figures:
    requests = _find(text, r"^Complete requests: +(\d+)$", "the line `Complete requests`")
    failed = _find(text, r"^Failed requests: +(\d+)$", "the line `Failed requests`")
    others = dict(re.findall(r"^(Non-2xx responses|Write errors): +(\d+)$", text, re.MULTILINE))
    mean = _find(text, r"^Time per request: +(\S+) \[ms\] \(mean\)$", "the line `Time per request`")
    p50 = _find(text, r"^ +50% +(\d+)$", "the line 50% of its percentages")
    p99 = _find(text, r"^ +99% +(\d+)$", "the line 99% of its percentages")
    duration = _find(text, r"^Time taken for tests: +(\S+) seconds$", "the line `Time taken for tests`")
    rate = _find(text, r"^Requests per second: +(\S+) \[#/sec\] \(mean\)$", "the line `Requests per second`")
    return Figures(
        requests=int(requests[1]),
        errors=int(failed[1]) + sum(map(int, others.values())),
        duration_s=_number(duration[1]),
        throughput_rps=_number(rate[1]),
        latency_mean_us=_number(mean[1]) * 1e3,
        latency_p50_us=int(p50[1]) * 1e3,
        latency_p99_us=int(p99[1]) * 1e3,
        http_errors=int(others.get("Non-2xx responses", 0)),
    )


def read_bare_loop(text: str) -> Figures:
    requests = _find(text, r"^requests (\d+)$", "the line `requests`")
    makespan_ms = _number(_find(text, r"^makespan_ms (\S+)$", "the line `makespan_ms`")[1])
    return Figures(
        requests=int(requests[1]),
        errors=0,
        duration_s=makespan_ms / 1e3,
        throughput_rps=int(requests[1]) / makespan_ms * 1e3,
        latency_mean_us=None,
        latency_p50_us=None,
        latency_p99_us=None,
        makespan_ms=makespan_ms,
    )


def _find(text: str, pattern: str, missing: str) -> re.Match[str]:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise NotUnderstood(missing)
    return match


def _us(text: str) -> float:
    """A duration as wrk and h2load write it, `342.00us`, `1.39ms`, `1.10s`, in microseconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)", text)
    if match is None:
        raise NotUnderstood(f"a duration in {text!r}")
    return float(match[1]) * _UNITS_US[match[2]]


def _us_or_none(text: str) -> float | None:
    """wrk2 writes `-nanus` for a mean of nothing."""
    return None if "nan" in text else _us(text)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise NotUnderstood(f"a number in {text!r}")
    return number
