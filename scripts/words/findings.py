"""What the numbers say: sentences computed from a recording, never written by hand. Each maker gives those of
one question, marked as text/units.py says. To add a sentence, add a maker to those of findings()."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter, itemgetter
from statistics import median
from typing import Literal, NamedTuple

from metrics.comparing import captured, farthest_off
from metrics.curves import single_digests
from metrics.digest import Digest, Spread
from metrics.overload import Recovery, recoveries
from recordings.recording import Recording
from text.units import abridged, count_text, duration_text, joined, memory_text, round_duration_text
from words.claims import claim_answers
from words.curve_words import curve_sentences
from words.faults import faults
from words.phrases import needs, off_text, percent, ranged, ranked
from words.rankings import beside_reference, contest_sentences, contests

ABOUT_AS_FAST = 1.5  # times the best, at most
_COLD = {"start": duration_text, "rest": memory_text}
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
    measured = sorted((abs(off), client) for client, off in offs.items() if off is not None)
    if texts := [f"`{client}` {off_text(offs[client])}" for _, client in measured]:
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
    """`200 ms (100 to 400 ms)`; of who was not seen to recover at least as long as it was watched."""
    ends = [1e3 * (r.watched_ms if r.after_ms is None else r.after_ms) for r in made]
    is_bound = any(r.after_ms is None for r in made)
    return ranged(Spread(median(ends), min(ends), max(ends), len(ends), is_bound), duration_text)


def cold_sentences(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """What a server costs that is not used yet: until it can be, and while it rests."""
    for group in silent_groups(recording, digests):
        starts, rests = (ranked([(d.subject, d[key]) for d in group], text) for key, text in _COLD.items())
        yield f"**From its start to its first reply**, asked every 2 ms: {joined(starts)}."
        if rests:
            yield f"**Memory at rest**, before the first connection: {joined(rests)}."


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
            (most, dear), (least, cheap) = (end(threads, key=itemgetter(0)) for end in (max, min))
            if most >= 2 * least and most / least > 1.2 * widest:
                widest, pair = most / least, [dear, cheap]
    if pair:
        costs = "; ".join(f"`{digest.subject}` needs {needs(digest, _NEEDS)}" for digest in pair)
        yield f"**What it costs** to be this fast, under {pair[0].workload}: {costs}."


def _mixing(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """What requests that wait do to the ones that do not, where a workload has both."""
    for workload, group in groupby(single_digests(recording, digests), attrgetter("workload")):
        classes, entry = recording.classes(workload), recording.workload(workload)
        slow = [c["name"] for c in classes if c.get("waits")]
        prompt = next((c["name"] for c in classes if not c.get("waits")), "")
        tails = [(d.subject, p99) for d in group if slow and d.counts and (p99 := d.p99_of(prompt))]
        if len(tails) < 2:
            continue
        tails.sort(key=lambda pair: pair[1].median)
        wait = (entry.get("wait_ms") or recording.run["wait_ms"] or 0) * 1e3
        within = f"99 % of the {prompt} ones were answered within"
        text = f"{within}: {joined(abridged(ranked(tails, duration_text)))}."
        queued = [f"`{subject}`" for subject, tail in tails if wait and tail.median >= wait]
        if 0 < len(queued) < len(tails):
            ones = f"the {joined(slow)} ones ({round_duration_text(wait)} each)"
            text += f" Under {joined(abridged(queued))} they queue behind {ones}."
        yield f"**What slow requests do to fast ones**, in {workload}: {text}"


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
        yield (
            "**Head-room**: against a server that does nothing the load generator reaches "
            f"{kept} requests/s on kept connections and {fresh} on fresh ones here; the most that a run "
            f"needed of it is {percent(min(share, 1))} (`{subject}` under {workload})."
        )
