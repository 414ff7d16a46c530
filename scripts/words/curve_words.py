"""What a curve says: medians and ranges, who is still good at its far end, and what that costs; of a server
that is shared, what others wait at its end and its beginning. Nobody is called better than another, and only
points with runs that count are used; of overload, valid ones."""

import math
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from metrics.curves import Curve, CurveLine, Point, curves_of, memory_each_kib, single_digests
from metrics.digest import Digest, Spread
from metrics.overload import goodput_share, of_valid, wasted_share
from recordings.csv_table import grouped
from recordings.recording import Recording
from text.units import count_text, duration_text, joined, memory_text, plural, ratio_text
from words.phrases import at_least, is_limited, needs, percent, ranged, whole, with_and_without

_NOTEWORTHY_LAG = 0.02  # of the ideal
_SUFFERS = 2.0  # times the p99 with nobody there: less is not spoken of as a limit
_FELL = 0.9  # of its capacity: less is no longer what it can do
_TIMES = {1: "once", 2: "twice"}


def curve_sentences(recording: Recording, digests: list[Digest]) -> Iterable[str]:
    curves, single = curves_of(recording, digests), single_digests(recording, digests)
    texts = [objective_sentence(recording.run["objective"])]
    texts += [text for curve in curves for text in sentences(curve)]
    texts += [hidden_by_closed_loop(curve, single) for curve in curves if curve.axis == "rate"]
    return filter(None, texts)


def sentences(curve: Curve) -> list[str]:
    """Those of its kind: a burst of requests, what is offered or shared, company, or a closed loop."""
    kinds = {"companions": _of_company, "rate": _of_offered, "load": _of_load, "share": _of_share}
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
    closed = [digest for digest in digests if digest.runs[0].arrivals == "closed"]
    loops = {(digest.subject, digest.runs[0].connections): digest for digest in reversed(closed)}
    for line in curve.lines:
        loop = loops.get((line.subject, line.points[0].digest.runs[0].connections))
        inside = loop and loop.sound("p99")
        for at, digest in _beyond_knee(line)[-1:] if inside else ():
            outside = digest.sound("p99")
            if outside is None or outside.median > inside.median:
                end = at_least(outside) if outside else f"{_failed(digest)} failed"
                in_loop = f"`{line.subject}` {at_least(inside)} in the closed loop"
                phrases.append(f"{in_loop}, {end} when offered {count_text(at)}/s")
    past = f"p99 past what a server can take: {'; '.join(phrases)}."
    return f"**What a closed loop hides**: it never asks for more than it is given. {past}" if phrases else ""


def _of_burst(curve: Curve) -> Iterator[str]:
    """At the far end: how near to the ideal, and what the server needed for it."""
    last = curve.places[-1]
    ends = curve.at(last)
    sound = [digest for digest in ends if digest.counts]
    ranked = [digest for digest in sound if digest["over_ideal"]]
    ranked.sort(key=lambda digest: digest["over_ideal"].median)
    phrases = [f"`{digest.subject}` {ranged(digest['over_ideal'], ratio_text)}" for digest in ranked]
    if phrases:
        phrases[0] = phrases[0].replace("` ", "` took ").replace("×", "× the ideal", 1)
    phrases += [f"`{digest.subject}` failed {_failed(digest)}" for digest in ends if digest.failures]
    if phrases:
        yield f"**{curve.name}**, {count_text(last)} requests at once: {joined(phrases)}."
    for digest in ranked[:1]:  # the lag is the generator's own: the time it took to send the burst
        lag, ideal = digest["lag_p99"], digest["ideal"]
        if lag and ideal and lag.median > _NOTEWORTHY_LAG * ideal.median:
            needed = f"Of that the load generator needed {duration_text(lag.median)} to send them"
            yield f"{needed} (lag p99 under `{digest.subject}`), which no server can make up for."
    each = {line.subject: memory_each_kib(line).get(last) for line in curve.lines}
    by_ideal = [*ranked, *(digest for digest in sound if not digest["over_ideal"])]
    costs = [(d.subject, needs(d, ("threads", "memory", "cpu"), each[d.subject])) for d in by_ideal]
    if texts := [f"`{subject}` {cost}" for subject, cost in costs if cost]:
        yield f"**What it costs** to hold {count_text(last)} at once: {'; '.join(texts)}."
    for line in curve.lines:
        at, digest = line.points[-1]
        if at < last and (ideal := digest["ideal"]):
            most = f"`{line.subject}` was not asked for more than {count_text(at)} at once"
            yield f"{most}: its model needs {duration_text(ideal.median)} for those already."


def _of_closed(curve: Curve) -> Iterator[str]:
    """The best that each variant reached, and what is left of it with the most connections."""
    rated = [p for line in curve.lines for p in line.points if p.digest.sound("throughput")]
    rated.sort(key=lambda point: -point.digest["throughput"].median)
    peaks = [points[0] for points in grouped(rated, lambda point: point.digest.subject).values()]
    if not peaks:
        return
    last, phrases, kept = curve.places[-1], [], []
    ends = {digest.subject: digest for digest in curve.at(last)}
    for at, peak in peaks:
        most = f"{'at least ' if is_limited(peak) else ''}{ranged(peak['throughput'], whole)}"
        phrases.append(f"`{peak.subject}` {most} with {count_text(at)}")
        end = ends.get(peak.subject)
        if end and (rate := end.sound("throughput")) and (p99 := end.sound("p99")):
            share = f"keeps {100 * rate.median / peak['throughput'].median:.0f} % of it, "
            share = "" if is_limited(peak) or is_limited(end) else share
            kept.append(f"`{end.subject}` {share}p99 {at_least(p99)}")
    span = f"{count_text(curve.places[0])} to {plural(last, 'connection')}"
    limited = " Where it says at least, the load generator was the limit."
    text = f"**{curve.name}**, {span}, the most requests/s: {'; '.join(phrases)}."
    yield text + (limited if any(is_limited(peak) for _, peak in peaks) else "")
    if kept:
        yield f"**{curve.name}**, with {count_text(last)}: {'; '.join(kept)}."


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


def _of_load(curve: Curve) -> Iterator[str]:
    """What each has left where most is offered, what it spends on nobody, and what a limit changes."""
    last = curve.places[-1]
    ends = [(goodput, d) for d in curve.at(last) if (goodput := of_valid(goodput_share, d))]
    ends.sort(key=lambda end: -end[0].median)
    if not ends:
        return
    asked = f"offered {last / 100:g} times its own capacity"
    if retries := curve.entry.get("retries"):
        asked += f" by clients that ask again {_TIMES.get(retries, f'{retries} times')}"
    within = duration_text(curve.entry["timeout_ms"] * 1e3)
    goodputs = joined(f"`{d.subject}` {ranged(goodput, percent)}" for goodput, d in ends)
    yield f"**{curve.name}**: {asked}, each still answers, within {within}, of that capacity: {goodputs}."
    wastes = [(d.subject, wasted) for _, d in ends if (wasted := of_valid(wasted_share, d))]
    if spent := [f"`{subject}` {ranged(wasted, percent)}" for subject, wasted in wastes]:
        yield f"**{curve.name}**: of the CPU it used there, for replies nobody waited for: {joined(spent)}."
    falls = []
    for line in curve.lines:
        points = [(at, share) for at, d in line.points if (share := of_valid(goodput_share, d))]
        if fell := [*takewhile(lambda p: p[0] >= 100 and p[1].median < _FELL, reversed(points))]:
            falls.append(f"`{line.subject}` from {fell[-1][0]} % on")  # and at every point above
    if falls:
        less = f"less than {percent(_FELL)} of its capacity is answered in time"
        yield f"**{curve.name}**: {less}: {joined(falls)}."
    levels = {d.subject: percent(goodput.median) for goodput, d in ends}
    yield from with_and_without("a limit", curve.name, levels, "-limited", ",")


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
            memory, user, cpu = digest["idle_memory"], digest["idle_user"], digest["idle_cpu"]
            if memory and user:
                each = f"each takes {memory_text(memory.median)}, {memory_text(user.median)} of it"
                text += f"; {each} the server's own"
                text += f", and {duration_text(cpu.median)} of CPU in a second" if cpu else ""
            if held := digest["held"]:
                let_go, count = digest["let_go"], round(held.median)
                last = f"the last for {duration_text(let_go.median)}" if let_go else "some for more than 15 s"
                text += f"; it still held {plural(count, 'abandoned wait')}{f', {last}' if count else ''}"
            yield f"**{curve.name}**: `{line.subject}` {text}."
        if alone:
            beside = [(at, d.failures, d.sound("p99")) for at, d in line.points if at]
            worse = [at for at, fails, p99 in beside if fails or p99 and p99.low >= _SUFFERS * alone.high]
            nowhere = f"nowhere up to {count_text(line.points[-1].at)}"
            limits.append(f"`{line.subject}` {f'with {count_text(worse[0])}' if worse else nowhere}")
    if limits:
        where = "where p99 of the others at least doubles, or requests fail"
        yield f"**{curve.name}**, {where}: {'; '.join(limits)}."
