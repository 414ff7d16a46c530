"""What a curve says: medians and ranges, who is still good at its far end, and what that costs.
Nobody is called better than another, and only points with runs that count are used."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from metrics.curves import Curve, CurveLine, Point, curves_of, memory_each_kib, single_digests
from metrics.digest import Digest
from recordings.recording import Recording
from text.units import count_text, duration_text, joined, plural, ratio_text
from words import fair, overload
from words.company_words import beside_company
from words.phrases import at_least, is_limited, needs, ranged, whole

NOTEWORTHY_LAG = 0.02  # of the ideal


def curve_sentences(recording: Recording, digests: list[Digest]) -> Iterable[str]:
    curves = curves_of(recording, digests)
    single = single_digests(recording, digests)
    texts = [objective_sentence(recording.run["objective"])]
    texts += [text for curve in curves for text in sentences(curve)]
    texts += [hidden_by_closed_loop(curve, single) for curve in curves if curve.axis == "rate"]
    return filter(None, texts)


def sentences(curve: Curve) -> list[str]:
    """Those of its kind: a burst of requests, what is offered or shared, company, or a closed loop."""
    if curve.has_company:
        return list(beside_company(curve))
    by_axis = {"rate": _of_offered, "load": overload.sentences, "share": fair.sentences}
    kind = _of_burst if curve.is_burst else by_axis.get(curve.axis, _of_closed)
    return list(kind(curve))


def objective_sentence(objective: dict[str, Any] | None) -> str:
    """What the search for an objective found; empty where none was asked for."""
    if not objective:
        return ""
    rates = sorted(objective["highest_rps"].items(), key=lambda pair: -(pair[1] or 0))
    ends = [f"`{who}` {f'up to {count_text(rps)} requests/s' if rps else 'at no rate'}" for who, rps in rates]
    return (
        f"**Objective {objective['text']}**, met again twice where the search ended: {joined(ends)}. "
        "A run in which the generator was late counts only where it met it all the same: that adds latency."
    )


def hidden_by_closed_loop(curve: Curve, digests: list[Digest]) -> str:
    """What a closed loop over the same connections tells of servers that an open one overloads."""
    phrases = []
    closed = [d for d in digests if d.runs[0].arrivals == "closed"]
    for line in curve.lines:
        who = (line.subject, line.points[0].digest.runs[0].connections)
        beside = next((d for d in closed if (d.subject, d.runs[0].connections) == who), None)
        beyond = _beyond_knee(line)
        if beside is None or not beside.counts or not beside["p99"] or not beyond:
            continue
        inside, last = beside["p99"], beyond[-1]
        outside = last.digest["p99"] if last.digest.counts else None
        if outside is None or outside.median > inside.median:
            end = at_least(outside) if outside else f"{_failed(last.digest)} failed"
            in_loop = f"`{line.subject}` {at_least(inside)} in the closed loop"
            phrases.append(f"{in_loop}, {end} when offered {count_text(last.at)}/s")
    past = f"p99 past what a server can take: {'; '.join(phrases)}."
    return f"**What a closed loop hides**: it never asks for more than it is given. {past}" if phrases else ""


def _of_burst(curve: Curve) -> Iterator[str]:
    """At the far end: how near to the ideal, and what the server needed for it."""
    last = curve.places[-1]
    ends = [digest for line in curve.lines if (digest := line.at(last)) is not None]
    sound = [digest for digest in ends if digest.counts]
    sound.sort(key=lambda digest: ideal.median if (ideal := digest["over_ideal"]) else math.inf)
    ranked = [digest for digest in sound if digest["over_ideal"]]
    ratios = [ranged(digest["over_ideal"], ratio_text) for digest in ranked]
    if ratios:
        ratios[0] = "took " + ratios[0].replace("×", "× the ideal", 1)
    phrases = [f"`{digest.subject}` {ratio}" for digest, ratio in zip(ranked, ratios)]
    phrases += [f"`{digest.subject}` failed {_failed(digest)}" for digest in ends if digest.failures]
    if phrases:
        yield f"**{curve.name}**, {count_text(last)} requests at once: {joined(phrases)}."
    for digest in ranked[:1]:
        # How much of the makespan is the generator's own: the time it took to send the burst.
        lag, ideal = digest["lag_p99"], digest["ideal"]
        if lag and ideal and lag.median > NOTEWORTHY_LAG * ideal.median:
            needed = f"Of that the load generator needed {duration_text(lag.median)} to send them"
            yield f"{needed} (lag p99 under `{digest.subject}`), which no server can make up for."
    each = {line.subject: memory_each_kib(line).get(last) for line in curve.lines}
    costs = [(d.subject, needs(d, ("threads", "memory", "cpu"), each[d.subject])) for d in sound]
    if texts := [f"`{subject}` {cost}" for subject, cost in costs if cost]:
        yield f"**What it costs** to hold {count_text(last)} at once: {'; '.join(texts)}."
    for line in curve.lines:
        end = line.points[-1]
        if end.at < last and (ideal := end.digest["ideal"]):
            most = f"`{line.subject}` was not asked for more than {count_text(end.at)} at once"
            yield f"{most}: its model needs {duration_text(ideal.median)} for those already."


def _of_closed(curve: Curve) -> Iterator[str]:
    """The best that each variant reached, and what is left of it with the most connections."""
    rated = [[p for p in line.points if p.digest.counts and p.digest["throughput"]] for line in curve.lines]
    peaks = [(line, max(points, key=_rate)) for line, points in zip(curve.lines, rated) if points]
    peaks.sort(key=lambda peak: -_rate(peak[1]))
    if not peaks:
        return
    last = curve.places[-1]
    phrases = [
        f"`{line.subject}` {'at least ' if is_limited(peak.digest) else ''}"
        f"{ranged(peak.digest['throughput'], whole)} with {count_text(peak.at)}"
        for line, peak in peaks
    ]
    span = f"{count_text(curve.places[0])} to {plural(last, 'connection')}"
    text = f"**{curve.name}**, {span}, the most requests/s: {'; '.join(phrases)}."
    if any(is_limited(peak.digest) for _, peak in peaks):
        text += " Where it says at least, the load generator was the limit."
    yield text
    ends = [_kept(peak.digest, end) for line, peak in peaks if (end := line.at(last))]
    if any(ends):
        yield f"**{curve.name}**, with {count_text(last)}: {'; '.join(filter(None, ends))}."


def _rate(point: Point) -> float:
    return point.digest["throughput"].median


def _kept(peak: Digest, end: Digest) -> str:
    """How much of a rate is left is not known where the generator was the limit of either."""
    if not end.counts or end["throughput"] is None or end["p99"] is None:
        return ""
    share = f"keeps {100 * end['throughput'].median / peak['throughput'].median:.0f} % of it, "
    return f"`{end.subject}` {'' if is_limited(peak) or is_limited(end) else share}p99 {at_least(end['p99'])}"


def _of_offered(curve: Curve) -> Iterator[str]:
    """Up to which rate a variant kept up, its tail there and at the lightest load, and what comes next."""
    for line in curve.lines:
        good = [p for p in line.points if _keeps_up(p.digest)]
        if not good:
            yield f"**{curve.name}**: `{line.subject}` kept up with none of the rates."
            continue
        first, knee = good[0], good[-1]
        text = f"**{curve.name}**: `{line.subject}` kept up with {count_text(knee.at)} requests/s: p99 "
        text += f"{at_least(first.digest['p99'])} at {count_text(first.at)}, "
        text += f"{at_least(knee.digest['p99'])} there"
        for point in _beyond_knee(line)[:1]:
            rate = point.digest["throughput"]
            if not point.digest.counts:
                text += f"; offered {count_text(point.at)}, {_failed(point.digest)} failed"
            elif rate:
                text += f"; of {count_text(point.at)} it answered {whole(rate.median)}/s, "
                text += f"p99 {at_least(point.digest['p99'])}"
        yield text + "."


def _keeps_up(digest: Digest) -> bool:
    return digest.counts and not digest.failures and not any(run.saturated for run in digest.counted)


def _beyond_knee(line: CurveLine) -> list[Point]:
    """The points past the last rate that it kept up with: of runs that count, or that requests failed in."""
    knee = max((p.at for p in line.points if _keeps_up(p.digest)), default=0)
    telling = [p for p in line.points if p.digest.counts or "with errors" in p.digest.left_out]
    return [p for p in telling if p.at > knee]


def _failed(digest: Digest) -> str:
    return f"{count_text(sum(digest.failures.values()))} of {plural(digest.requests, 'request')}"
