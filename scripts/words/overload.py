"""What overload does to each: what of its capacity is still answered in time, what it spends on replies
nobody waits for, how long it takes to be over, and what a limit changes. Nobody is called better."""

from collections.abc import Iterator
from statistics import median

from metrics.curves import Curve, CurveLine, single_digests
from metrics.digest import Digest
from metrics.overload import Recovery, goodput_share, of_valid, recoveries, wasted_share
from recordings.recording import Recording
from text.units import duration_text, joined, plural, range_text
from words.phrases import ranged, with_and_without

_FELL = 0.9  # of its capacity: less is no longer what it can do
_TIMES = {1: "once", 2: "twice"}


def sentences(curve: Curve) -> Iterator[str]:
    """Of a curve over the offered load: what each has left where most is offered."""
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
    if falls := [f"`{line.subject}` from {at} % on" for line in curve.lines if (at := _falls_at(line))]:
        less = f"less than {percent(_FELL)} of its capacity is answered in time"
        yield f"**{curve.name}**: {less}: {joined(falls)}."
    levels = {d.subject: percent(goodput.median) for goodput, d in ends}
    yield from with_and_without("a limit", curve.name, levels, "-limited", ",")


def _falls_at(line: CurveLine) -> int | None:
    """From which load on it is so at every point; None where it is not."""
    falls_at = None
    for at, digest in line.points:
        share = of_valid(goodput_share, digest) if at >= 100 else None
        if share:
            falls_at = (falls_at or at) if share.median < _FELL else None
    return falls_at


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
    text = _after(median(ends))
    if ends[0] != ends[-1]:
        text += f" ({range_text(ends[0], ends[-1], _after, ' to ')})"
    return text + (f", in {plural(never, 'run')} of {len(made)} more than {watched}" if never else "")


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _after(ms: float) -> str:
    return duration_text(ms * 1e3) if ms else "no time"
