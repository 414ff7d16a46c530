"""What is wrong with a recording, in sentences: parts missing, runs that are invalid, requests that failed.

A reader must see these before the results; findings.py says what the results are.
"""

from __future__ import annotations

from collections.abc import Iterator

from metrics.curves import single_workloads
from metrics.digest import Digest
from recordings.recording import FAILED, Recording, planned_runs
from text.units import count_text, first_few, joined, names_text, plural


def faults(recording: Recording, digests: list[Digest]) -> list[str]:
    """All of them, the gravest first; none for a recording that is complete and valid."""
    return [*_incomplete(recording), *_invalid(recording, digests), *_failures(digests), *_facts(digests)]


def outcomes_text(failures: dict[str, int]) -> str:
    return ", ".join(f"{count_text(n)} {name.replace('_', ' ')}" for name, n in failures.items())


def _incomplete(recording: Recording) -> Iterator[str]:
    run = recording.run
    planned = len(planned_runs(run))
    done = len(recording.summary)
    if run["finished_at"] is None:
        runs = f"{count_text(done)} of {plural(planned, 'run')}"
        yield f"The bench was stopped before its end: {runs} are here."
    elif done < planned:
        yield f"{count_text(planned - done)} of {plural(planned, 'planned run')} left no result."
    for variant, why in (run["skipped"] or {}).items():
        yield f"`{variant}` was skipped: {why}."
    failed = [entry for entry in run["runs"] or [] if entry.get("status") == FAILED]
    for variant in dict.fromkeys(entry["variant"] for entry in failed):
        mine = [entry for entry in failed if entry["variant"] == variant]
        notes = list(dict.fromkeys(entry["note"] for entry in mine if entry.get("note")))
        yield f"{plural(len(mine), 'run')} of `{variant}` failed" + (
            f": {'; '.join(notes[:3])}." if notes else "."
        )
    # Of a curve only the summary is drawn; and what was left out on purpose is not missed.
    left_out = recording.run["left_out"] or ()
    needed = [name for name in recording.missing if name == "summary.csv" or single_workloads(recording)]
    missing = [name for name in needed if name not in left_out]
    if missing:
        are, them = ("is", "it") if len(missing) == 1 else ("are", "them")
        yield f"{names_text(missing)} {are} missing, and so is what would be drawn from {them}."


def _invalid(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    count, total = sum(d.invalid_runs for d in digests), sum(len(d.runs) for d in digests)
    are = "is" if count == 1 else "are"
    if count:
        yield (
            f"{count_text(count)} of {plural(total, 'run')} {are} invalid and left out of the medians: "
            f"the generator could not keep its promise ({_reasons_text(digests)})."
        )
    # The probes of an objective are not declared, and judge for themselves what an invalid run tells.
    lost = [d for d in digests if not d.counts and recording.workload(d.workload)]
    if lost:
        named = joined(first_few([f"`{d.subject}` under `{d.workload}`" for d in lost]))
        whose = "its" if len(lost) == 1 else "their"
        yield f"No valid run of {named}: {whose} figures are shown and not ranked."


def _reasons_text(digests: list[Digest]) -> str:
    """Each kind of reason once, with how often and an example: its figures differ from run to run."""
    kinds: dict[str, list[str]] = {}
    for run in (run for d in digests for run in d.runs if run.verdict not in ("valid", FAILED)):
        for reason in filter(None, (run.reasons or "").split("; ")):
            kinds.setdefault(reason.partition(":")[0], []).append(reason)
    told = [
        reasons[0] if len(set(reasons)) == 1 else f"{len(reasons)} times as this: {reasons[0]}"
        for reasons in kinds.values()
    ]
    return "; ".join(told) or "no reason given"


def _failures(digests: list[Digest]) -> Iterator[str]:
    hit = [d for d in digests if d.failures]
    if not hit:
        return
    failed, total = sum(sum(d.failures.values()) for d in hit), sum(d.requests for d in digests)
    parts = [f"`{d.subject}` under `{d.workload}`: {outcomes_text(d.failures)}" for d in hit]
    where = ". ".join(first_few(parts))
    yield f"{count_text(failed)} of {plural(total, 'request')} failed. {where}. These are not ranked."


def _facts(digests: list[Digest]) -> Iterator[str]:
    """client-bound, generator-bound and saturated: not faults, but a reader must know them."""
    own = [d for d in digests if any(getattr(run, "generator_bound", None) for run in d.counted)]
    if own:
        where = joined(first_few([f"`{d.subject}` under `{d.workload}`" for d in own]))
        yield f"Generator-bound, so differences smaller than its own part are not ranked: {where}."
    bound = [f"`{d.subject}` under `{d.workload}`" for d in digests if any(r.client_bound for r in d.counted)]
    if bound:
        where = joined(first_few(bound))
        yield f"Client-bound, so the rate is the load generator’s and not the server’s: {where}."
    full = [f"`{d.subject}` under `{d.workload}`" for d in digests if any(r.saturated for r in d.counted)]
    if full:
        where = joined(first_few(full))
        yield f"Saturated, more was offered than the server took, so latency is mostly queue: {where}."
