"""The article's claims about Python's servers, each held against what the suite `frameworks` measured.

A claim is tried on variants: those under which it should be true on a condition, and the others. What was
measured decides: it holds if it is true of all, does not hold if of none, and otherwise holds only on that
condition, or, where the line does not run there, of the variants that are named. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from metrics.digest import Digest, digests
from recordings.recording import Recording
from text.units import count_text, duration_text, joined, plural, ratio_text, round_duration_text

FRACTION = 0.25  # of N x t, at most: "a fraction of the time"
SAME = 0.9  # of N x t, at least: "N x t"
ABOUT = 2.0  # times t, at most: "t"


@dataclass(frozen=True)
class Claim:
    """`is_true` is given what was measured, N x t and t, in microseconds."""

    said: str
    workload: str
    figure: Callable[[Digest], float | None]
    told: Callable[[float, float, float], str]
    is_true: Callable[[float, float, float], bool]
    on_condition: tuple[str, ...]
    otherwise: tuple[str, ...]
    condition: str
    remark: str = ""


@dataclass(frozen=True)
class Judged:
    said: str
    measured: str
    verdict: str  # holds, does not hold, holds only if ...
    remark: str


def _makespan_us(digest: Digest) -> float | None:
    return None if digest.makespan_ms is None else digest.makespan_ms.median * 1e3


def _short_p99_us(digest: Digest) -> float | None:
    tail = digest.class_p99_us.get("short")
    return None if tail is None else tail.median


def _of_turns(us: float, turns_us: float, wait_us: float) -> str:
    return f"{duration_text(us)}, {ratio_text(us / turns_us)} N × t"


def _of_wait(us: float, turns_us: float, wait_us: float) -> str:
    return f"{duration_text(us)}, {ratio_text(us / wait_us)} t"


def _plainly(us: float, turns_us: float, wait_us: float) -> str:
    return duration_text(us)


ONE_AT_A_TIME = ("flask-dev-single", "gunicorn-sync-1")
THREADED = ("flask-dev", "gunicorn-gthread-16", "gunicorn-gthread-100")
CLAIMS = (
    Claim(
        said="A synchronous server, blocked by tasks of t each, takes N × t for N requests.",
        workload="all-long",
        figure=_makespan_us,
        told=_of_turns,
        is_true=lambda us, turns_us, wait_us: us >= SAME * turns_us,
        on_condition=ONE_AT_A_TIME,
        otherwise=(*THREADED, "gunicorn-sync-4"),
        condition="the server serves one request at a time, which Flask’s own does only when it is told to",
    ),
    Claim(
        said="A synchronous Flask API blocks its whole server during a long task.",
        workload="mixed",
        figure=_short_p99_us,
        told=_plainly,
        is_true=lambda us, turns_us, wait_us: us >= wait_us,
        on_condition=ONE_AT_A_TIME,
        otherwise=("flask-dev", "gunicorn-gthread-100"),
        condition="there is no thread left for the next request",
        remark="Measured by what 99 % of the requests that wait for nothing took at most.",
    ),
    Claim(
        said="`async def` routes in Flask handle N such requests in a fraction of the time.",
        workload="all-long",
        figure=_makespan_us,
        told=_of_turns,
        is_true=lambda us, turns_us, wait_us: us <= FRACTION * turns_us,
        on_condition=("flask-dev-async-def",),
        otherwise=("flask-dev-single-async-def", "gunicorn-sync-1-async-def"),
        condition="the server has a thread for each request, and then plain routes do the same",
        remark="Flask runs an `async def` view to its end in the thread that serves the request.",
    ),
    Claim(
        said="An extension that makes Flask asynchronous handles them in a fraction of the time.",
        workload="all-long",
        figure=_makespan_us,
        told=_of_turns,
        is_true=lambda us, turns_us, wait_us: us <= FRACTION * turns_us,
        on_condition=("quart-uvicorn", "quart-hypercorn"),
        otherwise=("flask-asgi-uvicorn",),
        condition="it is another framework with Flask’s interface, whose views the loop itself awaits",
        remark="The extension “Flask-Async” cannot be installed as the article shows it; an ASGI adapter "
        "around Flask and Quart stand in its place. The adapter serves all requests in one thread.",
    ),
    Claim(
        said="An asynchronous server takes t, however many requests there are.",
        workload="all-long",
        figure=_makespan_us,
        told=_of_wait,
        is_true=lambda us, turns_us, wait_us: us <= ABOUT * wait_us,
        on_condition=("aiohttp", "starlette-uvicorn", "quart-uvicorn", "quart-hypercorn"),
        otherwise=("aiohttp-blocking", "starlette-uvicorn-plain"),
        condition="nothing in it blocks, neither a call in a coroutine nor a plain view in a few threads",
    ),
    Claim(
        said="It takes asynchronous code to do that.",
        workload="all-long",
        figure=_makespan_us,
        told=_of_wait,
        is_true=lambda us, turns_us, wait_us: us > ABOUT * wait_us,
        on_condition=("gunicorn-gthread-16",),
        otherwise=("flask-dev", "gunicorn-gthread-100", "gunicorn-gevent"),
        condition="there are fewer threads than requests; what threads cost is in the tables",
    ),
)


def judged_claims(recording: Recording) -> list[Judged]:
    """Every claim that the recording has a variant for; none for other suites."""
    if recording.run["suite"] != "frameworks":
        return []
    found = {(d.subject, d.workload): d for d in digests(recording)}
    return [judged for claim in CLAIMS if (judged := _judged(claim, found, recording)) is not None]


def _judged(claim: Claim, found: dict[tuple[str, str], Digest], recording: Recording) -> Judged | None:
    wait_us = (recording.run["wait_ms"] or 0) * 1e3
    told: dict[bool, list[str]] = {True: [], False: []}
    truth: dict[str, bool] = {}
    for variant in (*claim.on_condition, *claim.otherwise):
        digest = found.get((variant, claim.workload))
        us = claim.figure(digest) if digest and digest.counts and not digest.failures else None
        if digest is None or us is None:
            continue
        # The long requests of one run: what N stands for in this workload.
        turns_us = digest.class_requests.get("long", 0) * wait_us
        truth[variant] = claim.is_true(us, turns_us, wait_us)
        told[truth[variant]].append(f"`{variant}` {claim.told(us, turns_us, wait_us)}{_threads(digest)}")
    if not truth:
        return None
    parts = [
        f"{label}: {joined(told[value])}"
        for value, label in ((True, "True of"), (False, "Not of"))
        if told[value]
    ]
    return Judged(claim.said, ". ".join(parts) + ".", _verdict(claim, truth), claim.remark)


def _threads(digest: Digest) -> str:
    threads = digest["threads"]
    return f" with {plural(round(threads.median), 'thread')}" if threads else ""


def _verdict(claim: Claim, truth: dict[str, bool]) -> str:
    if all(truth.values()):
        return "holds"
    if not any(truth.values()):
        return "does not hold"
    as_expected = all(truth[v] for v in claim.on_condition if v in truth) and not any(
        truth[v] for v in claim.otherwise if v in truth
    )
    if as_expected:
        return f"holds only if {claim.condition}"
    return f"holds only of {_names(v for v, is_true in truth.items() if is_true)}"


def _names(variants: Iterable[str]) -> str:
    return joined([f"`{variant}`" for variant in variants])


def sentences(recording: Recording) -> list[str]:
    """For the README: each claim, the verdict, and what was measured."""
    wait = round_duration_text((recording.run["wait_ms"] or 0) * 1e3)
    requests = max((d.requests // max(len(d.runs), 1) for d in digests(recording)), default=0)
    lines = [f"N is {count_text(requests)}, t is {wait}. Medians of the repetitions."]
    for judged in judged_claims(recording):
        lines.append(
            f"- “{judged.said}” **{judged.verdict[0].upper()}{judged.verdict[1:]}.** {judged.measured}"
        )
        if judged.remark:
            lines[-1] += f" {judged.remark}"
    return lines
