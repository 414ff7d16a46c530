"""What a curve says, in sentences computed from it: who is still good at its far end, and what that costs.

Names stand in backticks and stress in double asterisks, as in findings.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from metrics.curves import Curve, Line, memory_each_kib
from metrics.digest import Digest, Spread, spread
from text.units import (
    count_text,
    duration_text,
    joined,
    memory_text,
    plural,
    range_text,
    ratio_text,
)

NOTEWORTHY_LAG = 0.02  # of the ideal


def sentences(curve: Curve) -> list[str]:
    """Those of its kind: a burst of requests, an offered rate, or a closed loop."""
    if curve.is_burst:
        return list(_of_burst(curve))
    return list(_of_offered(curve) if curve.axis == "rate" else _of_closed(curve))


def objective_sentence(objective: dict[str, Any] | None) -> str:
    """What the search for an objective found; empty where none was asked for."""
    if not objective:
        return ""
    found = sorted(objective["highest_rps"].items(), key=lambda pair: -(pair[1] or 0))
    told = [f"`{name}` up to {count_text(rate)} requests/s" for name, rate in found if rate]
    told += [f"`{name}` at no rate" for name, rate in found if not rate]
    return (
        f"**Objective {objective['text']}**, met again twice where the search ended: {joined(told)}. "
        "A run in which the generator was late counts only where it met it all the same: that adds latency."
    )


def hidden_by_closed_loop(curve: Curve, closed: list[Digest]) -> str:
    """What a closed loop over the same connections tells of servers that an open one overloads."""
    told = []
    for line in curve.lines:
        beside = next((d for d in closed if d.subject == line.subject and _same_connections(d, line)), None)
        knee = max((p.at for p in line.points if _keeps_up(p.digest)), default=0)
        beyond = [p for p in line.points if p.at > knee and p.digest.counts]
        inside, outside = (
            d["p99"] if d else None for d in (beside, beyond[-1].digest if beyond else None)
        )
        if inside and outside and outside.median > inside.median:
            told.append(
                f"`{line.subject}` {_at_least(inside)} in the closed loop, "
                f"{_at_least(outside)} when offered {count_text(beyond[-1].at)}/s"
            )
    if not told:
        return ""
    return (
        "**What a closed loop hides**: it never asks for more than it is given. p99 past what a server "
        f"can take: {'; '.join(told)}."
    )


def _same_connections(digest: Digest, line: Line) -> bool:
    run, other = digest.runs[0], line.points[0].digest.runs[0]
    return run.arrivals == "closed" and run.connections == other.connections


def _of_burst(curve: Curve) -> Iterator[str]:
    """At the far end: how near to the ideal, and what the server needed for it."""
    last = curve.places[-1]
    ends = [(line, digest) for line in curve.lines if (digest := line.at(last)) is not None]
    ends.sort(key=lambda end: end[1].over_ideal.median if end[1].over_ideal else float("inf"))
    told = []
    for line, digest in ends:
        if digest.failures:
            failed = sum(digest.failures.values())
            told.append(
                f"`{line.subject}` failed {count_text(failed)} of {plural(digest.requests, 'request')}"
            )
        elif digest["over_ideal"] is not None:
            words = "" if told else " the ideal"
            took = "" if told else " took"
            figure = ratio_text(digest["over_ideal"].median) + words + _range(digest["over_ideal"], ratio_text)
            told.append(f"`{line.subject}`{took} {figure}")
    if told:
        yield f"**{curve.name}**, {count_text(last)} requests at once: {joined(told)}."
    yield from _sent_late(ends)
    costs = [
        f"`{line.subject}` {joined(parts)}"
        for line, digest in ends
        if not digest.failures and (parts := _costs(line, digest, last))
    ]
    if costs:
        yield f"**What it costs** to hold {count_text(last)} at once: {'; '.join(costs)}."
    for line in curve.lines:
        end = line.points[-1]
        if end.at < last and end.digest["over_ideal"] is not None and end.digest.ideal_ms:
            yield (
                f"`{line.subject}` was not asked for more than {count_text(end.at)} at once: its model needs "
                f"{duration_text(end.digest.ideal_ms * 1e3)} for those already."
            )


def _sent_late(ends: list[tuple[Line, Digest]]) -> Iterator[str]:
    """How much of the makespan is the generator's own: the time it took to send the burst."""
    for line, digest in ends[:1]:
        lag = spread(run.lag_p99_us for run in digest.counted)
        if lag and digest.ideal_ms and lag.median > NOTEWORTHY_LAG * digest.ideal_ms * 1e3:
            yield (
                f"Of that the load generator needed {duration_text(lag.median)} to send them "
                f"(lag p99 under `{line.subject}`), which no server can make up for."
            )


def _costs(line: Line, digest: Digest, at: int) -> list[str]:
    parts = []
    if (threads := digest["threads"]) is not None:
        parts.append(plural(round(threads.median), "thread"))
    if (memory := digest["memory"]) is not None:
        each = memory_each_kib(line).get(at)
        more = f", {memory_text(each.median)} for each request in flight" if each else ""
        parts.append(f"{memory_text(memory.median)}{more}")
    if (cpu := digest["cpu"]) is not None:
        parts.append(f"{duration_text(cpu.median)} of CPU per request")
    return parts


def _of_closed(curve: Curve) -> Iterator[str]:
    """The best that each variant reached, and what is left of it with the most connections."""
    last = curve.places[-1]
    peaks = []
    for line in curve.lines:
        sound = [p for p in line.points if p.digest["throughput"] and not p.digest.failures]
        if sound:
            peak = max(sound, key=lambda p: p.digest["throughput"].median)  # type: ignore[union-attr]
            peaks.append((peak.digest["throughput"], peak.at, line))
    peaks.sort(key=lambda found: -found[0].median)
    if not peaks:
        return
    told = []
    for position, (rate, at, line) in enumerate(peaks):
        served = " requests/s" if position == 0 else ""
        told.append(
            f"`{line.subject}` {count_text(round(rate.median))}{served} with {count_text(at)}"
            + (_range(rate, lambda value: count_text(round(value))) if position == 0 else "")
        )
    span = f"{count_text(curve.places[0])} to {plural(last, 'connection')}"
    yield f"**{curve.name}**, {span}, at best: {joined(told)}."
    ends = [
        f"`{line.subject}` keeps {100 * end["throughput"].median / rate.median:.0f} % of its best, "
        f"p99 {_at_least(end.latency_us['p99'])}"
        for rate, _, line in peaks
        if (end := line.at(last)) is not None and end["throughput"] and end["p99"]
    ]
    if ends:
        yield f"**{curve.name}**, with {count_text(last)}: {'; '.join(ends)}."


def _of_offered(curve: Curve) -> Iterator[str]:
    """Up to which rate a variant kept up, its tail there and at the lightest load, and what comes next."""
    for line in curve.lines:
        good = [p for p in line.points if _keeps_up(p.digest)]
        if not good:
            yield f"**{curve.name}**: `{line.subject}` kept up with none of the rates."
            continue
        first, knee = good[0], good[-1]
        text = f"**{curve.name}**: `{line.subject}` kept up with {count_text(knee.at)} requests/s"
        text += f": p99 {_at_least(first.digest.latency_us['p99'])} at {count_text(first.at)}, "
        text += f"{_at_least(knee.digest.latency_us['p99'])} there"
        beyond = [p for p in line.points if p.at > knee.at and p.digest.counts]
        if beyond:
            rate = beyond[0].digest["throughput"]
            got = f"{count_text(round(rate.median))}/s" if rate else "not all"
            text += f"; of {count_text(beyond[0].at)} it answered {got}, "
            text += f"p99 {_at_least(beyond[0].digest.latency_us['p99'])}"
        yield text + "."


def _keeps_up(digest: Digest) -> bool:
    return digest.counts and not digest.failures and not any(run.saturated for run in digest.counted)


def _at_least(spread: Spread | None) -> str:
    if spread is None:
        return "unknown"
    return f"{'at least ' if spread.at_least else ''}{duration_text(spread.median)}"


def _range(spread: Spread, text: Callable[[float], str]) -> str:
    return f" ({range_text(spread.low, spread.high, text, ' to ')})" if spread.runs > 1 else ""
