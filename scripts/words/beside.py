"""A workload's reference beside all others that met it, in pairs: servers under one load, or load generators
on one server, by the same sentences.
"""

from collections.abc import Callable, Iterator

from metrics.comparing import Compared, against_references
from metrics.digest import Digest, Spread
from metrics.metrics import METRICS
from recordings.recording import Recording
from stats.comparison import least_repetitions
from text.units import abridged, duration_text, joined, plural
from words.phrases import ranged, ratio_with_interval, undecided, whole


def beside_reference(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """A sentence per workload that has a reference: what that needs and serves, beside the others."""
    rows = against_references(recording)
    for entry in recording.run["workloads"]:
        in_workload = {d.subject: d for d in digests if d.workload == entry["name"]}
        reference = in_workload.get(entry.get("reference"))
        if reference is None:
            continue
        if group := [row for row in rows if row.workload == reference.workload]:
            yield _beside(recording, reference, group, len(rows))
        if recording.varies == "client" and not _is_closed(reference):
            yield from _latencies(reference, [d for d in in_workload.values() if d.counts])


def _beside(recording: Recording, reference: Digest, rows: list[Compared], count: int) -> str:
    least = least_repetitions(count, is_paired=True)
    cost = METRICS["client_cpu" if recording.varies == "client" else "cpu"]
    costs = [row for row in rows if row.metric == cost.name]
    rates = [row for row in rows if row.metric == METRICS["throughput"].name]
    level = f"`{reference.subject}` needs {_median(reference[cost.key], duration_text)} of CPU per request"
    parts = [f"**{reference.workload}**, in pairs: {level}{_ratios(costs)}", *undecided(costs, _named, least)]
    if _is_closed(reference):
        verb = "It makes " if recording.varies == "client" else "It serves "
        level = ("" if rates else "at least ") + _median(reference["throughput"], whole)
        parts[-1] += f". {verb}{level} requests/s{_ratios(rates)}"
        parts += undecided(rates, _named, least)
        if limited := [f"`{r.first}`" for r in costs if r.first not in {rate.first for rate in rates}]:
            parts.append(f"not compared, as the generator was the limit: {joined(abridged(limited))}")
    fewest, most = (extreme(row.comparison.counts[0] for row in rows) for extreme in (min, max))
    pairs = plural(most, "pair") if fewest == most else f"{fewest} to {plural(most, 'pair')}"
    return f"{'; '.join(parts)} ({pairs}; exact intervals, corrected for {plural(count, 'row')})."


def _latencies(reference: Digest, digests: list[Digest]) -> Iterator[str]:
    name = f"**{reference.workload}**"
    means = [f"{duration_text(mean.median)} by `{d.subject}`" for d in digests if (mean := d["mean"])]
    if means:
        yield f"{name}: the mean latency of the same server is {joined(means)}, as each tool tells it."
    if added := reference["added"]:
        amount = f"of `{reference.subject}`’s, {ranged(added, duration_text)} on average"
        yield f"{name}: {amount} is not service but queue, connect and lag."


def _ratios(rows: list[Compared]) -> str:
    """Of those that differ."""
    phrases = [f"{ratio_with_interval(r.comparison)} of `{r.first}`’s" for r in rows if r.comparison.differs]
    return f", {joined(phrases)}" if phrases else ""


def _named(row: Compared) -> str:
    """With the ratio all the same: its interval says how large a difference could not have been seen."""
    ratio = f" ({ratio_with_interval(row.comparison)})" if row.comparison.ratio else ""
    return f"`{row.first}`’s{ratio}"


def _is_closed(digest: Digest) -> bool:
    return all(run.arrivals == "closed" and run.makespan_ms is None for run in digest.runs)


def _median(spread: Spread | None, text: Callable[[float], str]) -> str:
    return text(spread.median) if spread else "an unknown amount"
