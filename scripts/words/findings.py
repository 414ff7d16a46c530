"""What the numbers say: sentences computed from a recording, never written by hand.

Each maker gives the sentences of one question. To add a sentence, add a maker to the list at the end. Names
stand in backticks and stress in double asterisks; the page and the terminal set them as they can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from metrics.curves import Curve, curves_of, single_digests
from metrics.digest import Digest
from recordings.recording import Recording
from text.units import abridged, count_text, joined, round_duration_text
from words import claims, curve_words, headroom
from words.beside import beside_reference
from words.contests import HOW_COMPARED, Contest, contest_sentences, contests
from words.faults import faults
from words.phrases import at_least, needs

__all__ = ["HOW_COMPARED", "Finding", "findings"]

ABOUT_AS_FAST = 1.5  # times the best, at most
_NEEDS = ("threads", "memory", "cpu", "switches")


@dataclass(frozen=True)
class Finding:
    kind: Literal["result", "warning"]
    text: str


@dataclass(frozen=True)
class Material:
    """What the makers make sentences of."""

    recording: Recording
    digests: list[Digest]

    @cached_property
    def curves(self) -> list[Curve]:
        return curves_of(self.recording, self.digests)

    @cached_property
    def single(self) -> list[Digest]:
        return single_digests(self.recording, self.digests)

    @cached_property
    def contests(self) -> list[Contest]:
        """Not of rates that are told beside a reference; where clients vary, that are all."""
        if self.recording.varies == "client":
            return []
        beside = {e["name"] for e in self.recording.run["workloads"] if e.get("reference")}
        return [c for c in contests(self.single) if c.workload not in beside or c.metric.key != "throughput"]


def findings(recording: Recording, digests: list[Digest]) -> list[Finding]:
    """All sentences, results before warnings, in the order they should be read."""
    material = Material(recording, digests)
    results = [text for maker in _MAKERS for text in maker(material)]
    warnings = faults(recording, digests)
    if digests and not warnings:
        runs, requests = sum(len(d.runs) for d in digests), sum(d.requests for d in digests)
        which = "The run is valid" if runs == 1 else f"All {count_text(runs)} runs are valid"
        results.append(f"{which}, and all {count_text(requests)} requests succeeded.")
    return [Finding("result", text) for text in results] + [Finding("warning", text) for text in warnings]


def _curves(material: Material) -> Iterator[str]:
    yield from filter(None, [curve_words.objective_sentence(material.recording.run["objective"])])
    for curve in material.curves:
        yield from curve_words.sentences(curve)
    for curve in material.curves:
        if curve.axis == "rate":
            yield from filter(None, [curve_words.hidden_by_closed_loop(curve, material.single)])


def _of_the_suite(material: Material) -> list[str]:
    return claims.sentences(material.recording)


def _best(material: Material) -> Iterator[str]:
    return contest_sentences(material.recording, material.contests)


def _cost(material: Material) -> Iterator[str]:
    """The widest difference in threads between two variants that were about equally fast."""
    widest: tuple[float, Digest, Digest] | None = None
    for contest in material.contests:
        near = [d for d in contest.ranked if contest.times_worse(d) <= ABOUT_AS_FAST]
        threads = [(spread.median, d) for d in near if (spread := d["threads"]) and spread.median]
        if len(threads) < 2:
            continue
        most = max(threads, key=lambda pair: pair[0])
        least = min(threads, key=lambda pair: pair[0])
        times = most[0] / least[0]
        # The first workload wins when several show the same: it is the one the suite's author put first.
        if times >= 2 and (widest is None or times > 1.2 * widest[0]):
            widest = (times, most[1], least[1])
    if widest:
        _, dear, cheap = widest
        yield (
            f"**What it costs** to be this fast, under {dear.workload}: "
            f"`{dear.subject}` needs {needs(dear, _NEEDS)}; `{cheap.subject}` needs {needs(cheap, _NEEDS)}."
        )


def _mixing(material: Material) -> Iterator[str]:
    """What requests that wait do to the ones that do not, where a workload has both."""
    for workload in dict.fromkeys(d.workload for d in material.single):
        group = [d for d in material.single if d.workload == workload and d.counts]
        classes = {c["name"]: bool(c.get("waits")) for c in material.recording.classes(workload)}
        if len(set(classes.values())) == 2:
            wait_ms = (
                material.recording.workload(workload).get("wait_ms") or material.recording.run["wait_ms"]
            )
            yield from _beside_slow(workload, group, classes, (wait_ms or 0) * 1e3)


def _beside_slow(
    workload: str, digests: list[Digest], waits: dict[str, bool], wait_us: float
) -> Iterator[str]:
    prompt = next(name for name, does_wait in waits.items() if not does_wait)
    slow = joined([name for name, does_wait in waits.items() if does_wait])
    tails = [(c.p99_us, d) for d in digests if (c := d.classes.get(prompt)) and c.p99_us]
    if len(tails) < 2:
        return
    tails.sort(key=lambda pair: pair[0].median)
    phrases = [f"{at_least(tail)} under `{d.subject}`" for tail, d in tails]
    text = f"**What slow requests do to fast ones**, in {workload}: 99 % of the {prompt} ones were answered "
    text += f"within {joined(abridged(phrases))}."
    queued = [f"`{d.subject}`" for tail, d in tails if wait_us and tail.median >= wait_us]
    if 0 < len(queued) < len(tails):
        each = round_duration_text(wait_us)
        text += f" Under {joined(abridged(queued))} they queue behind the {slow} ones ({each} each)."
    yield text


def _beside(material: Material) -> Iterable[str]:
    return beside_reference(material.recording, material.digests)


def _headroom(material: Material) -> Iterable[str]:
    return filter(None, [headroom.sentence(material.recording, material.digests)])


_MAKERS = (_curves, _of_the_suite, _best, _cost, _mixing, _beside, _headroom)
