"""What a curve says: medians and ranges, who is still good at its far end, and what that costs; where its
points differ by a share of CPU-bound requests, or by who is there beside the load generator, what the others
wait at its end beside what they wait at its beginning. Nobody is called better than another, and only points
with runs that count are used."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from metrics.curves import Curve, CurveLine, Point, curves_of, memory_each_kib, single_digests
from metrics.digest import Digest, Spread
from recordings.recording import Recording
from text.units import count_text, duration_text, joined, memory_text, plural, ratio_text
from words import overload
from words.phrases import at_least, is_limited, needs, ranged, whole, with_and_without

_NOTEWORTHY_LAG = 0.02  # of the ideal
_SUFFERS = 2.0  # times the p99 with nobody there: less is not spoken of as a limit


def curve_sentences(recording: Recording, digests: list[Digest]) -> Iterable[str]:
    curves = curves_of(recording, digests)
    single = single_digests(recording, digests)
    texts = [objective_sentence(recording.run["objective"])]
    texts += [text for curve in curves for text in sentences(curve)]
    texts += [hidden_by_closed_loop(curve, single) for curve in curves if curve.axis == "rate"]
    return filter(None, texts)


def sentences(curve: Curve) -> list[str]:
    """Those of its kind: a burst of requests, what is offered or shared, company, or a closed loop."""
    kinds = {"companions": _of_company, "rate": _of_offered, "load": overload.sentences, "share": _of_share}
    return list(kinds.get(curve.axis, _of_burst if curve.is_burst else _of_closed)(curve))


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
        inside, beyond = beside and beside.sound("p99"), _beyond_knee(line)
        if not inside or not beyond:
            continue
        last = beyond[-1]
        outside = last.digest.sound("p99")
        if outside is None or outside.median > inside.median:
            end = at_least(outside) if outside else f"{_failed(last.digest)} failed"
            in_loop = f"`{line.subject}` {at_least(inside)} in the closed loop"
            phrases.append(f"{in_loop}, {end} when offered {count_text(last.at)}/s")
    past = f"p99 past what a server can take: {'; '.join(phrases)}."
    return f"**What a closed loop hides**: it never asks for more than it is given. {past}" if phrases else ""


def _of_burst(curve: Curve) -> Iterator[str]:
    """At the far end: how near to the ideal, and what the server needed for it."""
    last = curve.places[-1]
    ends = curve.at(last)
    sound = [digest for digest in ends if digest.counts]
    sound.sort(key=lambda digest: ideal.median if (ideal := digest["over_ideal"]) else math.inf)
    ranked = [digest for digest in sound if digest["over_ideal"]]
    phrases = [f"`{digest.subject}` {ranged(digest['over_ideal'], ratio_text)}" for digest in ranked]
    if phrases:
        phrases[0] = phrases[0].replace("` ", "` took ").replace("×", "× the ideal", 1)
    phrases += [f"`{digest.subject}` failed {_failed(digest)}" for digest in ends if digest.failures]
    if phrases:
        yield f"**{curve.name}**, {count_text(last)} requests at once: {joined(phrases)}."
    for digest in ranked[:1]:
        # How much of the makespan is the generator's own: the time it took to send the burst.
        lag, ideal = digest["lag_p99"], digest["ideal"]
        if lag and ideal and lag.median > _NOTEWORTHY_LAG * ideal.median:
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
    rated = [[p for p in line.points if p.digest.sound("throughput")] for line in curve.lines]
    peaks = sorted((max(points, key=_rate) for points in rated if points), key=_rate, reverse=True)
    if not peaks:
        return
    last, phrases = curve.places[-1], []
    for at, peak in peaks:
        most = f"{'at least ' if is_limited(peak) else ''}{ranged(peak['throughput'], whole)}"
        phrases.append(f"`{peak.subject}` {most} with {count_text(at)}")
    span = f"{count_text(curve.places[0])} to {plural(last, 'connection')}"
    text = f"**{curve.name}**, {span}, the most requests/s: {'; '.join(phrases)}."
    if any(is_limited(peak) for _, peak in peaks):
        text += " Where it says at least, the load generator was the limit."
    yield text
    at_end = {digest.subject: digest for digest in curve.at(last)}
    ends = [_kept(peak, at_end[peak.subject]) for _, peak in peaks if peak.subject in at_end]
    if any(ends):
        yield f"**{curve.name}**, with {count_text(last)}: {'; '.join(filter(None, ends))}."


def _rate(point: Point) -> float:
    return point.digest["throughput"].median


def _kept(peak: Digest, end: Digest) -> str | None:
    """How much of a rate is left is not known where the generator was the limit of either."""
    rate, p99 = end.sound("throughput"), end.sound("p99")
    if rate is None or p99 is None:
        return None
    share = f"keeps {100 * rate.median / peak['throughput'].median:.0f} % of it, "
    return f"`{end.subject}` {'' if is_limited(peak) or is_limited(end) else share}p99 {at_least(p99)}"


def _of_offered(curve: Curve) -> Iterator[str]:
    """Up to which rate a variant kept up, its tail there and at the lightest load, and what comes next."""
    for line in curve.lines:
        text = f"**{curve.name}**: `{line.subject}` kept up with "
        good = [p for p in line.points if _keeps_up(p.digest)]
        if not good:
            yield f"{text}none of the rates."
            continue
        first, knee = good[0], good[-1]
        text += f"{count_text(knee.at)} requests/s: p99 {at_least(first.digest['p99'])} at "
        text += f"{count_text(first.at)}, {at_least(knee.digest['p99'])} there"
        for at, digest in _beyond_knee(line)[:1]:
            if not digest.counts:
                text += f"; offered {count_text(at)}, {_failed(digest)} failed"
            elif rate := digest["throughput"]:
                answered = f"; of {count_text(at)} it answered {whole(rate.median)}/s"
                text += f"{answered}, p99 {at_least(digest['p99'])}"
        yield text + "."


def _keeps_up(digest: Digest) -> bool:
    return digest.counts and not digest.failures and not any(run.saturated for run in digest.counted)


def _beyond_knee(line: CurveLine) -> list[Point]:
    """The points past the last rate that it kept up with: of runs that count, or that requests failed in."""
    knee = max((p.at for p in line.points if _keeps_up(p.digest)), default=-math.inf)
    telling = [p for p in line.points if p.digest.counts or "with errors" in p.digest.left_out]
    return [p for p in telling if p.at > knee]


def _failed(digest: Digest) -> str:
    return f"{count_text(sum(digest.failures.values()))} of {plural(digest.requests, 'request')}"


def _of_share(curve: Curve) -> Iterator[str]:
    """What requests that compute do to those that do not, at the end beside the beginning."""
    prompt, first, last = prompt_class(curve), curve.places[0], curve.places[-1]
    tails = {line.subject: [prompt_p99(line, at, prompt) for at in (last, first)] for line in curve.lines}
    ends = sorted((item for item in tails.items() if all(item[1])), key=lambda item: item[1][0].median)
    levels = {subject: at_least(end) for subject, (end, _) in ends}
    texts = [f"`{subject}` {levels[subject]} ({at_least(begin)})" for subject, (_, begin) in ends]
    if texts:
        share = f"with CPU-bound requests on {last} % of a core (with {first} %)"
        within = f"99 % of the {prompt} ones are answered within: {joined(texts)}"
        yield f"**{curve.name}**: {share}, {within}."
    yield from with_and_without("offloading", curve.name, levels, "-offload", " and")


def prompt_class(curve: Curve) -> str:
    """The one that does not compute, which is declared first."""
    return curve.entry["classes"][0]["name"]


def prompt_p99(line: CurveLine, place: int, prompt: str) -> Spread | None:
    digest = line.at(place)
    return digest.p99_of(prompt) if digest and digest.counts else None


def _of_company(curve: Curve) -> Iterator[str]:
    """For each subject what it is with the most company that it was measured with, and where p99 doubles."""
    limits = []
    for line in curve.lines:
        alone = (digest := line.at(0)) and digest.sound("p99")
        telling = [point for point in line.points if point.digest.sound("p99")]
        if telling and telling[-1].at:
            at, digest = telling[-1]
            text = f"with {count_text(at)} {curve.axis_text}: p99 of the others {at_least(digest['p99'])}"
            text += f" ({at_least(alone)} with none)" if alone else ""
            parts = filter(None, (text, _idle_text(digest), _held_text(digest)))
            yield f"**{curve.name}**: `{line.subject}` {'; '.join(parts)}."
        if alone:
            first = next((p.at for p in line.points if p.at and _suffers(p.digest, alone)), None)
            nowhere = f"nowhere up to {count_text(line.points[-1].at)}"
            limits.append(f"`{line.subject}` {f'with {count_text(first)}' if first else nowhere}")
    if limits:
        where = "where p99 of the others at least doubles, or requests fail"
        yield f"**{curve.name}**, {where}: {'; '.join(limits)}."


def _idle_text(digest: Digest) -> str | None:
    memory, user, cpu = digest["idle_memory"], digest["idle_user"], digest["idle_cpu"]
    if not memory or not user:
        return None
    text = f"each takes {memory_text(memory.median)}, {memory_text(user.median)} of it the server's own"
    return text + (f", and {duration_text(cpu.median)} of CPU in a second" if cpu else "")


def _held_text(digest: Digest) -> str | None:
    held, let_go = digest["held"], digest["let_go"]
    if held is None:
        return None
    text = f"it still held {plural(round(held.median), 'abandoned wait')}"
    last = f", the last for {duration_text(let_go.median)}" if let_go else ", some for more than 15 s"
    return text + (last if round(held.median) else "")


def _suffers(digest: Digest, alone: Spread) -> bool:
    p99 = digest.sound("p99")
    return bool(digest.failures) or (p99 is not None and p99.low >= _SUFFERS * alone.high)
