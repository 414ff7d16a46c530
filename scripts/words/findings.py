"""What the numbers say: sentences computed from a recording, never written by hand.

Each function below makes the sentences of one question: what was fastest, what that speed cost, what slow
requests did to fast ones; what is wrong with the recording is in faults.py. Names stand in backticks and
stress in double asterisks; the page and the terminal set them as they can.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from words import curve_words
from words import headroom
from words import pitfalls
from metrics.curves import single_digests, curves_of, single_workloads
from metrics.digest import Digest, Spread
from words.faults import faults
from metrics.ratios import Ratio, against_reference, interval_text
from recordings.recording import Recording
from text.units import (
    count_text,
    duration_text,
    memory_text,
    MOST_NAMED,
    abridged,
    joined,
    plural,
    range_text,
    ratio_text,
    round_duration_text,
)

TIE = 0.05
TIE_OF_FEW = 0.15
FEW_RUNS = 3
PEER = 1.5
CLOSE_TO_IDEAL = 1.05
TIE_RULE = (
    "Two variants are not told apart when the ranges of their repetitions overlap, their medians are within "
    "5 % (15 % with fewer than three repetitions), or they differ by less than the generator’s own part of a "
    "makespan. They tie only where all of their runs are within 15 %."
)


@dataclass(frozen=True)
class Finding:
    kind: Literal["result", "warning"]
    text: str


@dataclass(frozen=True)
class Contest:
    """What a workload decides by: the figure, how it is written, and whether less of it is better."""

    figure: Callable[[Digest], Spread | None]
    text: Callable[[float], str]
    less_is_better: bool
    won: str


MAKESPAN = Contest(lambda d: d.makespan_ms, lambda ms: duration_text(ms * 1e3), True, "was fastest")
RATE = Contest(lambda d: d["throughput"], lambda r: f"{count_text(r)} requests/s", False, "served most")
TAIL = Contest(
    lambda d: d["p99"], lambda us: f"p99 {duration_text(us)}", True, "had the shortest tail"
)


def findings(recording: Recording, digests: list[Digest]) -> list[Finding]:
    """All sentences, results before warnings, in the order they should be read."""
    curves = curves_of(recording, digests)
    results = [curve_words.objective_sentence(recording.run["objective"])]
    results += [text for curve in curves for text in curve_words.sentences(curve)]
    results += [
        curve_words.hidden_by_closed_loop(curve, single_digests(recording, digests))
        for curve in curves
        if curve.axis == "rate"
    ]
    results = [text for text in results if text]
    results += pitfalls.sentences(recording, digests)
    single, alone = single_workloads(recording), single_digests(recording, digests)
    # Rates that were measured in pairs are told from the pairs; ranges over repetitions tell less.
    paired = {w for w in single if recording.workload(w).get("reference") and _contest(alone, w) is RATE}
    results += [text for w in single if w not in paired and (text := _fastest(recording, alone, w))]
    results += _cost([d for d in alone if d.workload not in paired])
    results += [text for workload in single if (text := _mixing(recording, alone, workload))]
    results += _beside_reference(recording, digests)
    results += filter(None, [headroom.sentence(recording, digests)])
    warnings = faults(recording, digests)
    if digests and not warnings:
        runs, requests = sum(len(d.runs) for d in digests), sum(d.requests for d in digests)
        which = "The run is valid" if runs == 1 else f"All {count_text(runs)} runs are valid"
        results.append(f"{which}, and all {count_text(requests)} requests succeeded.")
    return [Finding("result", text) for text in results] + [Finding("warning", text) for text in warnings]


def ties(a: Spread, b: Spread, generators: float = 0.0) -> bool:
    """Not told apart by TIE_RULE; `generators`: the part of either that is the generator's own.

    Symmetric, but not transitive: two that tie with a third need not tie with each other.
    """
    overlap = a.low <= b.high and b.low <= a.high
    margin = TIE if min(a.runs, b.runs) >= FEW_RUNS else TIE_OF_FEW
    return overlap or abs(a.median - b.median) < max(margin * max(a.median, b.median), generators)


def level_text(level: list[tuple[Digest, Spread]], contest: Contest) -> str:
    """Of those that are not told apart: shown to be close to each other, or only not shown to differ."""
    medians = [spread.median for _, spread in level]
    names, at = _names([d for d, _ in level]), range_text(medians[0], medians[-1], contest.text, " to ")
    low, high = min(spread.low for _, spread in level), max(spread.high for _, spread in level)
    if high > (1 + TIE_OF_FEW) * low:
        return f"{names} are not told apart, at {at}"
    return f"{names} tie at {at} (all runs within {max(math.ceil(100 * (high / low - 1)), 1)} %)"


def _generators(contest: Contest, *digests: Digest) -> float:
    """The larger of the generator's own parts of the makespans; 0 where that is unknown, or nobody's."""
    parts = [d.makespan_generator_ms for d in digests if contest is MAKESPAN]
    return max((part.median for part in parts if part), default=0.0)


def _fastest(recording: Recording, digests: list[Digest], workload: str) -> str:
    contest = _contest(digests, workload)
    ranked = _ranked(digests, workload, contest)
    if not ranked:
        return ""
    (best, figure), *others = ranked
    tied = [(d, spread) for d, spread in ranked if ties(spread, figure, _generators(contest, d, best))]
    level = [d for d, _ in tied]
    behind = [(d, spread) for d, spread in others if d not in level]
    text = f"**{workload}**{_what_is_asked(recording, best)}: "
    if len(ranked) == 1:
        text += f"`{best.subject}` came to {contest.text(figure.median)}{_range(best, figure, contest)}"
    elif len(level) == 1:
        text += f"`{best.subject}` {contest.won} with "
        text += contest.text(figure.median) + _range(best, figure, contest)
    else:
        text += level_text(tied, contest)
    if best["over_ideal"] is not None:
        at_best = ", at best " if len(level) > 1 else ", "
        text += f"{at_best}{ratio_text(min(d["over_ideal"].median for d in level if d["over_ideal"]))} the ideal"
    text += "."
    if behind:
        phrases = [_behind(d, spread, figure, contest, first) for first, (d, spread) in _marked(behind)]
        text += f" {joined(abridged(phrases))}."
        text += _limited_by_model(recording, [d for d, _ in behind])
    return text


def _cost(digests: list[Digest]) -> Iterator[str]:
    """The widest difference in threads between two variants that were about equally fast."""
    widest: tuple[float, Digest, Digest] | None = None
    for workload in dict.fromkeys(d.workload for d in digests):
        contest = _contest(digests, workload)
        ranked = _ranked(digests, workload, contest)
        peers = [
            d for d, s in ranked if _times(s, ranked[0][1], contest) <= PEER and _server(d, "threads_peak")
        ]
        if len(peers) < 2:
            continue
        most = max(peers, key=lambda d: _server(d, "threads_peak"))
        least = min(peers, key=lambda d: _server(d, "threads_peak"))
        apart = _server(most, "threads_peak") / _server(least, "threads_peak")
        # The first workload wins when several show the same: it is the one the suite's author put first.
        if apart >= 2 and (widest is None or apart > 1.2 * widest[0]):
            widest = (apart, most, least)
    if widest:
        _, most, least = widest
        yield (
            f"**What it costs** to be this fast, under {most.workload}: "
            f"`{most.subject}` needs {_needs(most)}; `{least.subject}` needs {_needs(least)}."
        )


def _mixing(recording: Recording, digests: list[Digest], workload: str) -> str:
    """What requests that wait do to the ones that do not, where a workload has both."""
    classes = recording.classes(workload)
    prompt = [c["name"] for c in classes if not c.get("waits")]
    if not prompt or len(prompt) == len(classes):
        return ""
    name = prompt[0]
    found = [
        (d, tail)
        for d in digests
        if d.workload == workload and d.counts and (tail := d.class_p99_us.get(name)) is not None
    ]
    if len(found) < 2:
        return ""
    found.sort(key=lambda pair: pair[1].median)
    phrases = [
        f"{'at least ' if tail.at_least else ''}{duration_text(tail.median)} under `{d.subject}`"
        for d, tail in found
    ]
    text = f"**What slow requests do to fast ones**, in {workload}: 99 % of the {name} ones were answered "
    text += "within " + joined(abridged(phrases)) + "."
    wait_us = (recording.run["wait_ms"] or 0) * 1e3
    queued = [d for d, tail in found if wait_us and tail.median >= wait_us]
    slow = joined([c["name"] for c in classes if c.get("waits")])
    if queued and len(queued) < len(found):
        each = round_duration_text(wait_us)
        text += f" Under {_names(queued)} they queue behind the {slow} ones ({each} each)."
    return text


def _beside_reference(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """A sentence per workload: what its reference needs, and how much it serves, beside the others."""
    found = [a for a in against_reference(recording) if a.cpu and a.throughput and a.cpu.is_told]
    for workload in dict.fromkeys(a.workload for a in found):
        mine = [a for a in found if a.workload == workload]
        ours = next(d for d in digests if (d.subject, d.workload) == (mine[0].reference, workload))
        needs = ours["cpu"]
        text = f"**{workload}**, in pairs: `{ours.subject}` needs "
        text += f"{duration_text(needs.median)} of CPU per request, " if needs else ""
        text += _beside((a.variant, a.cpu) for a in mine)
        if _contest(digests, workload) is RATE and ours["throughput"]:
            text += f", and serves {count_text(round(ours["throughput"].median))} requests/s, "
            text += _beside((a.variant, a.throughput) for a in mine)
        counts = sorted({len(a.cpu.values) for a in mine if a.cpu})
        pairs = " to ".join(str(n) for n in dict.fromkeys((counts[0], counts[-1])))
        yield f"{text} (medians of {pairs} paired ratios, intervals by the sign test)."


def _beside(ratios: Iterable[tuple[str, Ratio | None]]) -> str:
    return joined(
        [
            f"{interval_text(r.interval, ratio_text)} of `{variant}`’s"
            for variant, r in ratios
            if r is not None
        ]
    )


def _contest(digests: list[Digest], workload: str) -> Contest:
    mine = [d for d in digests if d.workload == workload]
    if any(d.makespan_ms for d in mine):
        return MAKESPAN
    return RATE if all(run.arrivals == "closed" for d in mine for run in d.runs) else TAIL


def _ranked(digests: list[Digest], workload: str, contest: Contest) -> list[tuple[Digest, Spread]]:
    """Best first; without those that failed requests or have no valid run: a refusal is quick too."""
    fit = [
        (d, spread)
        for d in digests
        if d.workload == workload
        and d.counts
        and not d.failures
        and (spread := contest.figure(d)) is not None
    ]
    return sorted(fit, key=lambda pair: pair[1].median, reverse=not contest.less_is_better)


def _times(spread: Spread, best: Spread, contest: Contest) -> float:
    """How many times worse than the best: 1 or more."""
    return spread.median / best.median if contest.less_is_better else best.median / spread.median


def _what_is_asked(recording: Recording, digest: Digest) -> str:
    entry = recording.workload(digest.workload)
    count, at_once = entry.get("requests"), entry.get("connections")
    if not count or not at_once:
        return ""
    amount = f"{plural(count, 'request')}, {'all' if at_once >= count else count_text(at_once)} at once"
    classes = [f"{count_text(n)} {name}" for name, n in digest.class_requests.items()]
    return f" ({amount}: {joined(classes)})" if len(classes) > 1 else f" ({amount})"


def _range(digest: Digest, figure: Spread, contest: Contest) -> str:
    if len(digest.counted) < 2:
        return ""
    return f" (median of {len(digest.counted)}, {range_text(figure.low, figure.high, contest.text, ' to ')})"


def _behind(digest: Digest, spread: Spread, best: Spread, contest: Contest, first: bool) -> str:
    times = _times(spread, best, contest)
    figure = contest.text(spread.median)
    if contest is MAKESPAN:
        ratio = ratio_text(times) + (" as long" if first else "")
        return (
            f"`{digest.subject}` took {figure} ({ratio})"
            if first
            else f"`{digest.subject}` {figure} ({ratio})"
        )
    return f"`{digest.subject}` {'reached' if first else ''} {figure} ({ratio_text(times)} worse)".replace(
        "  ", " "
    )


def _limited_by_model(recording: Recording, behind: list[Digest]) -> str:
    """Slow for what they are, or slow because of what they are?"""
    at_once = {v["name"]: v.get("serves_at_once") for v in recording.run["variants"]}
    held = [
        d
        for d in behind
        if at_once.get(d.subject) and d["over_ideal"] is not None and d["over_ideal"].median <= CLOSE_TO_IDEAL
    ]
    if not held or len(held) > MOST_NAMED:
        return ""
    percent = math.ceil(100 * (max(d["over_ideal"].median for d in held if d["over_ideal"]) - 1)) or 1
    models = [f"`{d.subject}` (serving {at_once[d.subject]} at a time)" for d in held]
    verb, own = ("is", "its") if len(held) == 1 else ("are", "their")
    return f" {joined(models)} {verb} slow by model, not by code: within {percent} % of {own} own ideal."


def _needs(digest: Digest) -> str:
    parts = [plural(round(_server(digest, "threads_peak")), "thread")]
    for name, text in (
        ("rss_peak_kib", memory_text),
        ("cpu_us_per_request", lambda us: f"{duration_text(us)} of CPU per request"),
        ("context_switches", lambda n: f"{count_text(round(n))} context switches"),
    ):
        if digest.server[name] is not None:
            parts.append(text(_server(digest, name)))
    return joined(parts)


def _server(digest: Digest, name: str) -> float:
    spread = digest.server[name]
    return spread.median if spread else 0.0


def _marked(items: list[tuple[Digest, Spread]]) -> Iterator[tuple[bool, tuple[Digest, Spread]]]:
    return ((index == 0, item) for index, item in enumerate(items))


def _names(digests: list[Digest]) -> str:
    return joined(abridged([f"`{d.subject}`" for d in digests]))
