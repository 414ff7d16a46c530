"""What overload does to each: what of its capacity is still answered in time, what it spends on replies
nobody waits for, how long it takes to be over, and what a limit changes. Nobody is called better."""

from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from metrics.curves import Curve, single_digests
from metrics.digest import Digest, Spread
from metrics.overload import Recovery, goodput_share, of_valid, recoveries, wasted_share
from recordings.recording import Recording
from text.units import duration_text, joined, plural, range_text
from words.phrases import ranged

LIMITED = "-limited"  # at the end of the name of who is the same but for a limit
FELL = 0.9  # of its capacity: less is no longer what it can do


class _End(NamedTuple):
    """What one has left where most is offered."""

    subject: str
    goodput: Spread
    wasted: Spread | None


def sentences(curve: Curve) -> Iterator[str]:
    """Of a curve over the offered load."""
    last = curve.places[-1]
    ends = [end for line in curve.lines if (digest := line.at(last)) and (end := _end(digest))]
    ends.sort(key=lambda end: -end.goodput.median)
    if not ends:
        return
    asked = f"offered {last / 100:g} times its own capacity"
    if retries := curve.entry.get("retries"):
        asked += f" by clients that ask again {_times(retries)}"
    within = duration_text(curve.entry["timeout_ms"] * 1e3)
    goodputs = joined(f"`{end.subject}` {ranged(end.goodput, percent)}" for end in ends)
    yield f"**{curve.name}**: {asked}, each still answers, within {within}, of that capacity: {goodputs}."
    if spent := [f"`{end.subject}` {ranged(end.wasted, percent)}" for end in ends if end.wasted]:
        yield f"**{curve.name}**: of the CPU it used there, for replies nobody waited for: {joined(spent)}."
    if falls := [text for line in curve.lines if (text := _fall(line.subject, line.points))]:
        less = f"less than {percent(FELL)} of its capacity is answered in time"
        yield f"**{curve.name}**: {less}: {joined(falls)}."
    yield from _limits(curve, {end.subject: end for end in ends})


def recovery_sentences(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    for workload in dict.fromkeys(d.workload for d in single_digests(recording, digests)):
        steps = recording.workload(workload).get("steps")
        group = [d for d in digests if d.workload == workload] if steps else []
        ends = [(d.subject, ended) for d in group if (ended := recoveries(recording, d))]
        if ends:
            (_, least), (ms, most), _ = steps
            load = f"after {duration_text(ms * 1e3)} of {most / 100:g} times its capacity, back at {least} %"
            texts = joined(f"`{subject}` {recovery_text(ended)}" for subject, ended in ends)
            yield f"**{workload}**: {load} of it, p99 is what it was (twice it at most) after: {texts}."


def recovery_text(made: list[Recovery]) -> str:
    """`200 ms (100 to 400 ms)`; who was not seen to recover counts as longer than all."""
    ends = sorted(r.watched_ms if r.after_ms is None else r.after_ms for r in made)
    never = sum(r.after_ms is None for r in made)
    watched = f"the {duration_text(made[0].watched_ms * 1e3)} it was watched"
    if never == len(made):
        return f"more than {watched}"
    middle = _after(median(ends))
    text = middle if ends[0] == ends[-1] else f"{middle} ({range_text(ends[0], ends[-1], _after, ' to ')})"
    return text + (f", in {plural(never, 'run')} of {len(made)} more than {watched}" if never else "")


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _after(ms: float) -> str:
    return duration_text(ms * 1e3) if ms else "no time"


def _end(digest: Digest) -> _End | None:
    goodput = of_valid(goodput_share, digest)
    return _End(digest.subject, goodput, of_valid(wasted_share, digest)) if goodput else None


def _fall(subject: str, points: list) -> str:
    """From which load on it is so at every point; empty where it is not."""
    shares = [(p.at, s.median) for p in points if p.at >= 100 and (s := of_valid(goodput_share, p.digest))]
    low = [at for n, (at, _) in enumerate(shares) if all(share < FELL for _, share in shares[n:])]
    return f"`{subject}` from {low[0]} % on" if low else ""


def _limits(curve: Curve, ends: dict[str, _End]) -> Iterator[str]:
    pairs = [(end, ends[name + LIMITED]) for name, end in ends.items() if name + LIMITED in ends]
    texts = [
        f"`{free.subject}` {percent(free.goodput.median)} without, {percent(limited.goodput.median)} with it"
        for free, limited in pairs
    ]
    if texts:
        yield f"**What a limit does** to {curve.name}, there: {'; '.join(texts)}."


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
