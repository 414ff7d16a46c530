"""What is wrong with a recording, in sentences that must be read before the results: parts that are missing,
runs that are invalid, requests that failed."""

from collections.abc import Iterator
from operator import itemgetter

from metrics.curves import single_workloads
from metrics.digest import Digest
from metrics.soundness import why_not
from recordings.csv_table import grouped
from recordings.recording import FAILED, Recording, planned_runs
from text.units import count_text, first_few, joined, names_text, plural
from words.phrases import kinds_of_reasons

# No faults, but a reader must know them.
_FACTS = {
    "generator_bound": "Generator-bound, so differences smaller than its own part are not ranked",
    "client_bound": "Client-bound, so the rate is the load generator’s and not the server’s",
    "saturated": "Saturated, more was offered than the server took, so latency is mostly queue",
}


def faults(recording: Recording, digests: list[Digest]) -> list[str]:
    """All of them, the gravest first; none for a recording that is complete and valid."""
    absent = _absent_clients(recording) if recording.varies == "client" else ()
    return [*_incomplete(recording), *absent, *_unsound(recording, digests)]


def outcomes_text(failures: dict[str, int]) -> str:
    return ", ".join(f"{count_text(n)} {name.replace('_', ' ')}" for name, n in failures.items())


def facts_of(digest: Digest) -> list[str]:
    """Those of its runs that count."""
    return [fact for fact in _FACTS if any(getattr(run, fact, None) for run in digest.counted)]


def _incomplete(recording: Recording) -> Iterator[str]:
    run, planned, done = recording.run, len(planned_runs(recording.run)), len(recording.summary)
    if run["finished_at"] is None:
        there = f"{count_text(done)} of {plural(planned, 'run')}"
        yield f"The bench was stopped before its end: {there} are here."
    elif done < planned:
        yield f"{count_text(planned - done)} of {plural(planned, 'planned run')} left no result."
    for variant, why in (run["skipped"] or {}).items():
        yield f"`{variant}` was skipped: {why}."
    failed = [entry for entry in run["runs"] or [] if entry.get("status") == FAILED]
    for subject, entries in grouped(failed, itemgetter(recording.varies)).items():
        notes = dict.fromkeys(entry["note"] for entry in entries if entry.get("note"))
        why = notes and f": {'; '.join(list(notes)[:3])}"
        yield f"{plural(len(entries), 'run')} of `{subject}` failed{why or ''}."
    # Of a curve only the summary is drawn; and what was left out on purpose is not missed.
    needed = [name for name in recording.missing if name == "summary.csv" or single_workloads(recording)]
    if missing := [name for name in needed if name not in (run["left_out"] or ())]:
        are, them = ("is", "it") if len(missing) == 1 else ("are", "them")
        yield f"{names_text(missing)} {are} missing, and so is what would be drawn from {them}."


def _absent_clients(recording: Recording) -> Iterator[str]:
    """Which load generators are not here, or not under every workload."""
    clients = recording.run["clients"]
    if absent := [client["name"] for client in clients if not client.get("there")]:
        yield f"Not installed, so not here: {names_text(absent)}."
    if not recording.run["pinned"]:
        yield "Nothing was pinned: server and clients shared one core, so the rates are of both together."
    commands = {c["name"]: c.get("commands") or {} for c in clients if c.get("there")}
    missed: dict[str, list[str]] = {}
    for entry in recording.run["workloads"]:
        otherwise = "fixed count" if entry.get("requests") else "closed loop"
        load = "open loop" if entry.get("rate_rps") else otherwise
        if unable := [name for name, asked in commands.items() if not asked.get(entry["name"])]:
            have = "has" if len(unable) == 1 else "have"
            missed.setdefault(f"{names_text(unable)} {have} no usable {load}", []).append(entry["name"])
    for who, names in missed.items():
        yield f"{who} and no part in {names_text(names)}."


def _unsound(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """Runs that are invalid, requests that failed, and the facts. Probes of an objective are not declared and
    judge for themselves what an invalid run tells; that requests fail beyond a capacity is what is asked."""
    runs = [run for d in digests for run in d.runs]
    if invalid := [run for run in runs if why_not(run) == "invalid"]:
        kinds = kinds_of_reasons(invalid).values()
        why = "; ".join((f"{len(r)} times as this: " if len(set(r)) > 1 else "") + r[0] for r in kinds)
        are = "is" if len(invalid) == 1 else "are"
        share = f"{count_text(len(invalid))} of {plural(len(runs), 'run')} {are} invalid"
        kept = f"the generator could not keep its promise ({why or 'no reason given'})"
        yield f"{share} and left out of the medians: {kept}."
    lost = [d for d in digests if recording.workload(d.workload) and not d.counts and "invalid" in d.left_out]
    if lost:
        whose = "its" if len(lost) == 1 else "their"
        yield f"No valid run of {_places(lost)}: {whose} figures are shown and not ranked."
    asked = [d for d in digests if not recording.workload(d.workload).get("capacity")]
    if hit := [d for d in asked if d.failures]:
        failed, total = sum(sum(d.failures.values()) for d in hit), sum(d.requests for d in asked)
        parts = [f"{_places([d])}: {outcomes_text(d.failures)}" for d in hit]
        share = f"{count_text(failed)} of {plural(total, 'request')} failed"
        yield ". ".join([share, *first_few(parts), "Their runs are not ranked."])
    for fact, text in _FACTS.items():
        if hit := [d for d in digests if fact in facts_of(d)]:
            yield f"{text}: {_places(hit)}."


def _places(digests: list[Digest]) -> str:
    return joined(first_few([f"`{d.subject}` under `{d.workload}`" for d in digests]))
