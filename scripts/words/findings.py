"""What the numbers say: sentences computed from a recording, never written by hand. Each maker gives those of
one question, marked as text/units.py says. To add a sentence, add a maker to those of findings()."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter, itemgetter
from statistics import median
from typing import Literal, NamedTuple

from metrics.comparing import captured, farthest_off
from metrics.curves import single_digests
from metrics.digest import Digest, figure_text
from metrics.metrics import METRICS
from metrics.overload import Recovery, recoveries
from recordings.recording import Recording
from text.units import abridged, count_text, duration_text, joined, plural, range_text, round_duration_text
from words.claims import claim_answers
from words.comparisons import beside_reference, contest_sentences, contests
from words.curve_words import curve_sentences
from words.faults import faults
from words.phrases import at_least, needs, off_text, ranged

ABOUT_AS_FAST = 1.5  # times the best, at most
_NEEDS = ("threads", "memory", "cpu", "switches")


class Finding(NamedTuple):
    kind: Literal["result", "warning"]
    text: str


def findings(recording: Recording, digests: list[Digest]) -> list[Finding]:
    """All sentences, results before warnings, in the order they should be read."""
    makers = (wire_sentences, curve_sentences, recovery_sentences, cold_sentences, _reconnecting, _claims)
    makers += (contest_sentences, _cost, _mixing, beside_reference, headroom)
    results = [text for maker in makers for text in maker(recording, digests)]
    warnings = faults(recording, digests)
    if digests and not warnings:
        runs, requests = sum(len(d.runs) for d in digests), sum(d.requests for d in digests)
        which = "The run is valid" if runs == 1 else f"All {count_text(runs)} runs are valid"
        results.append(f"{which}, and all {count_text(requests)} requests succeeded.")
    return [Finding("result", text) for text in results] + [Finding("warning", text) for text in warnings]


def wire_sentences(recording: Recording, _: list[Digest]) -> Iterator[str]:
    """Of what was captured: how far each client is from its packets where it is the farthest off."""
    offs = {client: farthest_off(captured(recording, client), "p99") for client in recording.subjects}
    measured = [(client, off) for client, off in offs.items() if off is not None]
    measured.sort(key=lambda pair: abs(pair[1]))
    if texts := [f"`{client}` {off_text(off)}" for client, off in measured]:
        where = "beside the packets**, where each is the farthest off"
        yield f"**What is told of p99, {where}: {joined(texts)}."


def recovery_sentences(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    for workload, group in groupby(single_digests(recording, digests), attrgetter("workload")):
        if ends := [(d.subject, made) for d in group if (made := recoveries(recording, d))]:
            (_, least), (ms, most), _ = recording.workload(workload)["steps"]
            load = f"after {duration_text(ms * 1e3)} of {most / 100:g} times its capacity, back at {least} %"
            texts = joined(f"`{subject}` {recovery_text(made)}" for subject, made in ends)
            yield f"**{workload}**: {load} of it, p99 is what it was (twice it at most) after: {texts}."


def recovery_text(made: list[Recovery]) -> str:
    """`200 ms (100 to 400 ms)`; who was not seen to recover counts as longer than all."""

    def after(ms: float) -> str:
        return duration_text(ms * 1e3) if ms else "no time"

    ends = sorted(r.watched_ms if r.after_ms is None else r.after_ms for r in made)
    never = sum(r.after_ms is None for r in made)
    watched = f"more than the {duration_text(made[0].watched_ms * 1e3)} it was watched"
    if never == len(made):
        return watched
    text = after(median(ends))
    text += f" ({range_text(ends[0], ends[-1], after, ' to ')})" if ends[0] != ends[-1] else ""
    return text + (f", in {plural(never, 'run')} of {len(made)} {watched}" if never else "")


def cold_sentences(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """What a server costs that is not used yet: until it can be, and while it rests."""
    for group in silent_groups(recording, digests):
        by_start = sorted(group, key=lambda d: d["start"].median)
        starts = joined(f"`{d.subject}` {ranged(d['start'], duration_text)}" for d in by_start)
        yield f"**From its start to its first reply**, asked every 2 ms: {starts}."
        if rests := sorted((d for d in group if d["rest"]), key=lambda d: d["rest"].median):
            texts = joined(f"`{d.subject}` {figure_text(METRICS['rest'], d['rest'])}" for d in rests)
            yield f"**Memory at rest**, before the first connection: {texts}."


def silent_groups(recording: Recording, digests: list[Digest]) -> Iterator[list[Digest]]:
    """The digests, by workload, of a burst after silence."""
    for workload, group in groupby(single_digests(recording, digests), attrgetter("workload")):
        able = [d for d in group if d["start"] and d["makespan"]]
        if able and recording.workload(workload).get("silence_ms"):
            yield able


def _claims(recording: Recording, _: list[Digest]) -> Iterator[str]:
    return (text for text in claim_answers(recording) if isinstance(text, str))


def _cost(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """The widest difference in threads between two variants that were about equally fast."""
    widest, pair = 0.0, []  # of workloads that show about the same, that of the first
    for contest in contests(recording, digests):
        near = [d for d in contest.ranked if contest.times_worse(d) <= ABOUT_AS_FAST]
        if threads := [(spread.median, d) for d in near if (spread := d["threads"]) and spread.median]:
            (most, dear), (least, cheap) = (extreme(threads, key=itemgetter(0)) for extreme in (max, min))
            if most >= 2 * least and most / least > 1.2 * widest:
                widest, pair = most / least, [dear, cheap]
    if pair:
        costs = "; ".join(f"`{digest.subject}` needs {needs(digest, _NEEDS)}" for digest in pair)
        yield f"**What it costs** to be this fast, under {pair[0].workload}: {costs}."


def _mixing(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """What requests that wait do to the ones that do not, where a workload has both."""
    for workload, group in groupby(single_digests(recording, digests), attrgetter("workload")):
        classes = recording.classes(workload)
        slow = [c["name"] for c in classes if c.get("waits")]
        prompt = next((c["name"] for c in classes if not c.get("waits")), "")
        tails = [(p99, d) for d in group if slow and d.counts and (p99 := d.p99_of(prompt))]
        if len(tails) < 2:
            continue
        tails.sort(key=lambda pair: pair[0].median)
        phrases = [f"{at_least(tail)} under `{d.subject}`" for tail, d in tails]
        text = f"**What slow requests do to fast ones**, in {workload}: 99 % of the {prompt} ones were "
        text += f"answered within {joined(abridged(phrases))}."
        wait_us = (recording.workload(workload).get("wait_ms") or recording.run["wait_ms"] or 0) * 1e3
        queued = [f"`{d.subject}`" for tail, d in tails if wait_us and tail.median >= wait_us]
        if 0 < len(queued) < len(tails):
            ones = f"the {joined(slow)} ones ({round_duration_text(wait_us)} each)"
            text += f" Under {joined(abridged(queued))} they queue behind {ones}."
        yield text


def _reconnecting(_: Recording, digests: list[Digest]) -> Iterator[str]:
    """Who closes connections that could be kept: its part of such a workload is about reconnecting. As kept
    ones are opened before the start, what connects within most requests was closed."""
    kept = [d for d in digests if d.counts and all(run.connection_mode == "kept" for run in d.counted)]
    closing = [d for d in kept if all((getattr(r, "connect_p50_us", None) or 0) > 0 for r in d.counted)]
    if closing:
        names = [f"`{name}`" for name in dict.fromkeys(d.subject for d in closing)]
        where = abridged([*dict.fromkeys(d.workload for d in closing)])
        yield (
            f"**Closed, not kept**: under {joined(where)}, {joined(names)} had a new connection for at least "
            "half of the requests, where connections are kept: that shows what reconnecting costs."
        )


def headroom(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """How far all runs stayed below what the load generator can do: who comes near that measures it alone."""
    highest, demands = recording.run.get("calibration") or {}, []
    for digest in digests:
        rate, highest_rps = digest["throughput"], highest.get(f"{digest.counted[0].connection_mode}_rps")
        if rate and highest_rps:
            demands.append((rate.median / highest_rps, digest.subject, digest.workload))
    if demands:
        share, subject, workload = max(demands)
        kept, fresh = (count_text(round(highest[f"{mode}_rps"], -2)) for mode in ("kept", "fresh"))
        run = f"`{subject}` under {workload}"
        within = f"no run needed more than {100 * share:.0f} % of it ({run})."
        yield (
            "**Head-room**: against a server that does nothing the load generator reaches "
            f"{kept} requests/s on kept connections and {fresh} on fresh ones here; "
            + (f"{run} took all of it." if share >= 1 else within)
        )
