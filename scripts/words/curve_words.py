"""What a curve says: medians and ranges, who is still good at its far end, and what that costs; of a server
that is shared, what others wait at its end and its beginning. Nobody is called better than another, and only
points with runs that count are used; of overload, valid ones."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from metrics.curves import Curve, curves_of, memory_each_kib
from metrics.digest import Digest
from metrics.overload import goodput_share, of_valid, wasted_share
from recordings.recording import Recording
from text.units import count_text, duration_text, joined, memory_text, plural, range_text, ratio_text
from words.phrases import at_least, figures_of, is_limited, listed, percent, ranged, ranked, whole

_NOTEWORTHY_LAG = 0.02  # of the ideal
_OF_COMPANY = ("idle_memory", "idle_user", "idle_cpu", "held", "let_go")


def curve_sentences(recording: Recording, digests: list[Digest]) -> Iterable[str]:
    texts = [text for curve in curves_of(recording, digests) for text in sentences(curve)]
    return filter(None, [objective_sentence(recording.run["objective"]), *texts])


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


def _of_burst(curve: Curve) -> Iterator[str]:
    """At the far end: how near to the ideal, and what the server needed for it."""
    last, lead = curve.places[-1], f"**{curve.name}**, {count_text(curve.places[-1])} requests at once"
    ends, late = curve.at(last), ""
    sound = [digest for digest in ends if digest.counts]
    sound.sort(key=lambda digest: over.median if (over := digest["over_ideal"]) else math.inf)
    for digest in sound[:1]:
        lag, ideal = digest["lag_p99"], digest["ideal"]  # a lag is the generator's own
        if lag and ideal and lag.median > _NOTEWORTHY_LAG * ideal.median:
            late = f"; to send them took {duration_text(lag.median)} (lag p99 under `{digest.subject}`)"
    texts = ranked([(digest.subject, digest["over_ideal"]) for digest in sound], ratio_text)
    texts += [f"`{digest.subject}` failed {_failed(digest)}" for digest in ends if digest.failures]
    yield from listed(f"{lead}, of the ideal", texts, late)
    each = {line.subject: memory_each_kib(line).get(last) for line in curve.lines}
    texts = []
    for digest in sound:
        kib, costs = each[digest.subject], figures_of(digest, ("threads", "memory", "cpu"))
        costs += [f"{memory_text(kib.median)} for each request in flight"] if kib else []
        texts += [f"`{digest.subject}`: {', '.join(costs)}"] if costs else []
    yield from listed(f"**What it costs** to hold {count_text(last)} at once", texts, link="; ")


def _of_closed(curve: Curve) -> Iterator[str]:
    """The best that each variant reached, and with how many connections."""
    peaks = []
    for line in curve.lines:
        rated = [(rate, *point) for point in line.points if (rate := point.digest.sound("throughput"))]
        for rate, at, digest in sorted(rated, key=lambda peak: -peak[0].median)[:1]:
            peaks.append((line.subject, rate._replace(at_least=is_limited(digest)), at))
    peaks.sort(key=lambda peak: -peak[1].median)
    texts = [f"`{who}` {ranged(rate, whole)} with {count_text(at)}" for who, rate, at in peaks]
    span = f"{count_text(curve.places[0])} to {plural(curve.places[-1], 'connection')}"
    why = " (at least: the load generator was the limit)" * any(rate.at_least for _, rate, _ in peaks)
    yield from listed(f"**{curve.name}**, {span}, the most requests/s", texts, why)


def _of_offered(curve: Curve) -> Iterator[str]:
    """Up to which rate each kept up, its tail there and at the lightest load, and what comes next: of runs
    that count, or that requests failed in."""
    for line in curve.lines:
        sound = [point for point in line.points if point.digest.counts and not point.digest.failures]
        good = [point for point in sound if not any(run.saturated for run in point.digest.counted)]
        texts = ["none of the rates"]
        if good:
            ends = [f"{at_least(at.digest['p99'])} at {count_text(at.at)}" for at in (good[0], good[-1])]
            texts = [f"{count_text(good[-1].at)} requests/s, p99 {joined(dict.fromkeys(ends))}"]
            telling = [p for p in line.points if p.digest.counts or "with errors" in p.digest.left_out]
            for at, digest in [point for point in telling if point.at > good[-1].at][:1]:
                end = f"it answered {at_least(digest['throughput'], whole)}/s, p99 {at_least(digest['p99'])}"
                end = end if digest.counts else f"{_failed(digest)} failed"
                texts.append(f"when offered {count_text(at)}/s, {end}")
        yield f"**{curve.name}**: `{line.subject}` kept up with {'; '.join(texts)}."


def _failed(digest: Digest) -> str:
    return f"{count_text(sum(digest.failures.values()))} of {plural(digest.requests, 'request')}"


def _of_load(curve: Curve) -> Iterator[str]:
    """What each has left where most is offered, and what it spends on nobody."""
    ends, asked = curve.at(curve.places[-1]), f"offered {curve.places[-1] / 100:g} times its own capacity"
    if retries := curve.entry.get("retries"):
        asked += f" by clients that ask again {plural(retries, 'time')}"
    within = f"within {duration_text(curve.entry['timeout_ms'] * 1e3)}"
    goodputs = ranked([(d.subject, of_valid(goodput_share, d)) for d in ends], percent, better=+1)
    yield from listed(f"**{curve.name}**: {asked}, each still answers, {within}, of that capacity", goodputs)
    wastes = ranked([(d.subject, of_valid(wasted_share, d)) for d in ends], percent)
    yield from listed(f"**{curve.name}**: of the CPU it used there, for replies nobody waited for", wastes)


def _of_share(curve: Curve) -> Iterator[str]:
    """What requests that compute do to those that do not, at the end beside the beginning."""
    prompt, first, last = prompt_class(curve), curve.places[0], curve.places[-1]
    ends, begins = ({d.subject: d.p99_of(prompt) for d in curve.at(at) if d.counts} for at in (last, first))
    if begins := [p99.median for p99 in begins.values() if p99]:
        quiet = range_text(min(begins), max(begins), duration_text, " to ")
        share = f"with CPU-bound requests on {last} % of a core (with {first} %: {quiet})"
        within = f"99 % of the {prompt} ones are answered within"
        yield from listed(f"**{curve.name}**: {share}, {within}", ranked(ends.items(), duration_text))


def prompt_class(curve: Curve) -> str:
    """The one that does not compute, which is declared first."""
    return curve.entry["classes"][0]["name"]


def _of_company(curve: Curve) -> Iterator[str]:
    """For each subject what it is with the most company that it was measured with."""
    for line in curve.lines:
        alone = f" ({at_least(p99)} with none)" if (d := line.at(0)) and (p99 := d.sound("p99")) else ""
        for at, digest in [point for point in line.points if point.digest.sound("p99")][-1:]:
            texts = [f"p99 of the others {at_least(digest['p99'])}{alone}", *figures_of(digest, _OF_COMPANY)]
            if (held := digest["held"]) and held.median >= 1 and not digest["let_go"]:
                texts.append("some for more than 15 s")
            company = f"**{curve.name}**: `{line.subject}` with {count_text(at)} {curve.axis_text}"
            yield from listed(company, texts if at else [], link="; ")
