"""What each trouble of the suite `pitfalls` cost, in words computed from its recording."""

from __future__ import annotations

from collections.abc import Iterator

from metrics.digest import Digest, Spread
from recordings.recording import Recording
from text.units import count_text, duration_text, joined, ratio_text, round_duration_text


def sentences(recording: Recording, digests: list[Digest]) -> list[str]:
    """None for other suites, and none of a workload that was left out."""
    if recording.run["suite"] != "pitfalls":
        return []
    found = {(d.subject, d.workload): d for d in digests if d.counts}
    wait = round_duration_text((recording.run["wait_ms"] or 0) * 1e3)
    return [*_blocking(found, wait), *_computing(found, wait), *_sharing(found), *_giving_up(found)]


Found = dict[tuple[str, str], Digest]


def _blocking(found: Found, wait: str) -> Iterator[str]:
    alone, blocked = _short_p99(found, "async", "awaited"), _short_p99(found, "async", "blocked")
    if alone is None or blocked is None:
        return
    text = (
        f"**A blocking call in the event loop**: 20 requests that block for {wait} each made 99 % of the "
        f"short ones wait up to {duration_text(blocked.median)} under `async`, where awaiting the same took "
        f"{duration_text(alone.median)}: {ratio_text(blocked.median / alone.median)}."
    )
    ways = [
        f"{duration_text(tail.median)} under `{variant}`"
        for variant in ("async-offload-4", "async-offload-20", "thread-per-request")
        if (tail := _short_p99(found, variant, "blocked")) is not None
    ]
    yield text + (f" With threads to block in it is {joined(ways)}." if ways else "")


def _computing(found: Found, wait: str) -> Iterator[str]:
    told = [
        f"{duration_text(tail.median)} under `{variant}` (all done in {duration_text(span.median * 1e3)})"
        for variant in ("async", "async-2", "async-offload-4", "thread-per-request")
        if (tail := _short_p99(found, variant, "computed")) is not None
        and (span := found[variant, "computed"].makespan_ms) is not None
    ]
    if told:
        yield (
            f"**Computing**: beside 20 requests that compute for {wait} each, 99 % of the short ones were "
            f"answered within {joined(told)}. Threads let the short ones through; cores compute faster."
        )


def _sharing(found: Found) -> Iterator[str]:
    told = [
        f"`{variant}` {duration_text(digest.makespan_ms.median * 1e3)}, "
        f"{ratio_text(digest["over_ideal"].median)} the ideal"
        for variant in ("thread-per-request-db", "async-db")
        if (digest := found.get((variant, "shared"))) and digest.makespan_ms and digest["over_ideal"]
    ]
    if told:
        yield (
            "**A shared resource**: a hundred queries over ten connections to a database take ten turns, "
            f"however a server waits: {joined(told)}."
        )


def _giving_up(found: Found) -> Iterator[str]:
    told = [
        f"{count_text(failed)} of {count_text(digest.requests)} under `{variant}`"
        for variant in ("thread-per-request-db-120ms", "async-db-120ms")
        if (digest := found.get((variant, "shared-in-a-hurry"))) and (failed := sum(digest.failures.values()))
    ]
    if told:
        yield f"With 120 ms to wait for a connection, the queue is refused instead (503): {joined(told)}."


def _short_p99(found: Found, variant: str, workload: str) -> Spread | None:
    digest = found.get((variant, workload))
    return digest.class_p99_us.get("short") if digest and not digest.failures else None
