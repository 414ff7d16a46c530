"""What the numbers say, and what is wrong with them: sentences computed from a recording, never written by
hand. Each maker gives those of one question, marked as text/units.py says. To add a sentence, add a maker."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter, itemgetter
from statistics import median
from typing import Literal, NamedTuple

from metrics.comparing import captured, farthest_off
from metrics.curves import single_digests, single_workloads
from metrics.digest import Digest, Spread
from metrics.overload import Recovery, recoveries
from metrics.metrics import why_not
from recordings.csv_table import grouped
from recordings.recording import FAILED, Recording, planned_runs
from text.units import abridged, count_text, duration_text, first_few, joined, memory_text, names_text
from text.units import plural
from words.claims import claim_answers
from words.curve_words import curve_sentences
from words.phrases import figures_of, kinds_of_reasons, listed, off_text, percent, ranged, ranked
from words.rankings import beside_reference, contest_sentences, contests

ABOUT_AS_FAST = 1.5  # times the best, at most
_NEEDS = ("threads", "memory", "cpu", "switches")
# No faults, but a reader must know them.
_FACTS = {
    "generator_bound": "Generator-bound, so differences smaller than its own part are not ranked",
    "client_bound": "Client-bound, so the rate is the load generator’s and not the server’s",
    "saturated": "Saturated, more was offered than the server took, so latency is mostly queue",
}


class Finding(NamedTuple):
    kind: Literal["result", "warning"]
    text: str


def findings(recording: Recording, digests: list[Digest]) -> list[Finding]:
    """All sentences, results before warnings, in the order they should be read."""
    makers = (wire_sentences, curve_sentences, recovery_sentences, cold_sentences, _reconnecting, _claims)
    makers += (contest_sentences, _cost, _mixing, beside_reference, headroom)
    results = [text for maker in makers for text in maker(recording, digests)]
    checks = (_incomplete, _absent_clients, _unsound)
    warnings = [text for check in checks for text in check(recording, digests)]
    if digests and not warnings:
        runs, requests = sum(len(d.runs) for d in digests), sum(d.requests for d in digests)
        results.append(f"Valid: {plural(runs, 'run')}, and all {plural(requests, 'request')} succeeded.")
    return [Finding("result", text) for text in results] + [Finding("warning", text) for text in warnings]


def wire_sentences(recording: Recording, _: list[Digest]) -> Iterator[str]:
    """Of what was captured: how far each client is from its packets where it is the farthest off."""
    offs = {client: farthest_off(captured(recording, client), "p99") for client in recording.subjects}
    measured = sorted((abs(off), client) for client, off in offs.items() if off is not None)
    texts = [f"`{client}` {off_text(offs[client])}" for _, client in measured]
    yield from listed("**What is told of p99, beside the packets**, where each is the farthest off", texts)


def recovery_sentences(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    for workload, group in groupby(single_digests(recording, digests), attrgetter("workload")):
        made = [(d.subject, recovery) for d in group if (recovery := recoveries(recording, d))]
        if texts := [f"`{subject}` {recovery_text(recovery)}" for subject, recovery in made]:
            (_, least), (ms, most), _ = recording.workload(workload)["steps"]
            load = f"**{workload}**: after {duration_text(ms * 1e3)} of {most / 100:g} times its capacity"
            was = "p99 is what it was (twice it at most) after"
            yield from listed(f"{load}, back at {least} % of it, {was}", texts)


def recovery_text(made: list[Recovery]) -> str:
    """`200 ms (100 to 400 ms)`; of who was not seen to recover at least as long as it was watched."""
    ends = [1e3 * (r.watched_ms if r.after_ms is None else r.after_ms) for r in made]
    never, count = sum(r.after_ms is None for r in made), len(made)
    text = ranged(Spread(median(ends), min(ends), max(ends), count, 2 * never >= count), duration_text)
    return text + f", in {plural(never, 'run')} of {count} not while it was watched" * (0 < never < count)


def cold_sentences(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """What a server costs that is not used yet: until it can be, and while it rests."""
    for group in silent_groups(recording, digests):
        starts = ranked([(d.subject, d["start"]) for d in group], duration_text)
        yield from listed("**From its start to its first reply**, asked every 2 ms", starts)
        rests = ranked([(d.subject, d["rest"]) for d in group], memory_text)
        yield from listed("**Memory at rest**, before the first connection", rests)


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
    pairs = []
    for contest in contests(recording, digests):
        near = [d for d in contest.ranked if contest.times_worse(d) <= ABOUT_AS_FAST]
        if threads := [(spread.median, d) for d in near if (spread := d["threads"]) and spread.median]:
            (most, dear), (least, cheap) = (end(threads, key=itemgetter(0)) for end in (max, min))
            pairs += [(most / least, dear, cheap)] if most >= 2 * least else []
    if pairs:
        _, *pair = max(pairs, key=itemgetter(0))
        costs = [f"`{digest.subject}`: {', '.join(figures_of(digest, _NEEDS))}" for digest in pair]
        yield from listed(f"**What it costs** to be this fast, under {pair[0].workload}", costs, link="; ")


def _mixing(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """What requests that wait do to the ones that do not, where a workload has both."""
    for workload, group in groupby(single_digests(recording, digests), attrgetter("workload")):
        classes = recording.classes(workload)
        prompt = next((c["name"] for c in classes if not c.get("waits")), "")
        tails = ranked([(d.subject, d.p99_of(prompt)) for d in group if d.counts], duration_text)
        if len(tails) > 1 and any(c.get("waits") for c in classes):
            within = f"in {workload}: 99 % of the {prompt} ones were answered within"
            yield from listed(f"**What slow requests do to fast ones**, {within}", abridged(tails))


def _reconnecting(_: Recording, digests: list[Digest]) -> Iterator[str]:
    """Who closes connections that could be kept: its part of such a workload is about reconnecting. As kept
    ones are opened before the start, what connects within most requests was closed."""
    kept = [d for d in digests if d.counts and all(run.connection_mode == "kept" for run in d.counted)]
    closing = [d for d in kept if all((getattr(r, "connect_p50_us", None) or 0) > 0 for r in d.counted)]
    if closing:
        names = [f"`{name}`" for name in dict.fromkeys(d.subject for d in closing)]
        where = joined(abridged([*dict.fromkeys(d.workload for d in closing)]))
        half = "connected anew for at least half of the requests, which shows what that costs, under"
        yield from listed(f"**Closed, not kept**: {half} {where}", names)


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


def outcomes_text(failures: dict[str, int]) -> str:
    return ", ".join(f"{count_text(n)} {name.replace('_', ' ')}" for name, n in failures.items())


def facts_of(digest: Digest) -> list[str]:
    """Those of its runs that count."""
    return [fact for fact in _FACTS if any(getattr(run, fact, None) for run in digest.counted)]


def _incomplete(recording: Recording, _: list[Digest]) -> Iterator[str]:
    run, planned, done = recording.run, len(planned_runs(recording.run)), len(recording.summary)
    if run["finished_at"] is None or done < planned:
        why = "The bench was stopped before its end" if run["finished_at"] is None else "Runs left no result"
        yield f"{why}: {count_text(done)} of {plural(planned, 'run')} are here."
    for variant, why in (run["skipped"] or {}).items():
        yield f"`{variant}` was skipped: {why}."
    failed = [entry for entry in run["runs"] or [] if entry.get("status") == FAILED]
    for subject, entries in grouped(failed, itemgetter(recording.varies)).items():
        notes = dict.fromkeys(entry["note"] for entry in entries if entry.get("note"))
        why = "; ".join(list(notes)[:3]) or "no reason given"
        yield f"{plural(len(entries), 'run')} of `{subject}` failed: {why}."
    # Of a curve only the summary is drawn; and what was left out on purpose is not missed.
    needed = [name for name in recording.missing if name == "summary.csv" or single_workloads(recording)]
    if missing := [name for name in needed if name not in (run["left_out"] or ())]:
        yield f"Missing, and so is what would be drawn from it: {names_text(missing)}."


def _absent_clients(recording: Recording, _: list[Digest]) -> Iterator[str]:
    """Which load generators are not here, or not under every workload."""
    if recording.varies != "client":
        return
    clients = recording.run["clients"]
    if absent := [client["name"] for client in clients if not client.get("there")]:
        yield f"Not installed, so not here: {names_text(absent)}."
    if not recording.run["pinned"]:
        yield "Nothing was pinned: server and clients shared one core, so the rates are of both together."
    commands = {c["name"]: c.get("commands") or {} for c in clients if c.get("there")}
    workloads = [entry["name"] for entry in recording.run["workloads"]]
    unable = {w: tuple(name for name, asked in commands.items() if not asked.get(w)) for w in workloads}
    for names, missed in grouped(filter(unable.get, workloads), unable.get).items():
        yield f"No part in {names_text(missed)}, having no such load: {names_text(names)}."


def _unsound(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """Runs that are invalid, requests that failed, and the facts. Probes of an objective are not declared and
    judge for themselves what an invalid run tells; that requests fail beyond a capacity is what is asked."""
    runs = [run for d in digests for run in d.runs]
    if invalid := [run for run in runs if why_not(run) == "invalid"]:
        kinds = [f"{len(alike)} as this: {alike[0]}" for alike in kinds_of_reasons(invalid).values()]
        share = f"{count_text(len(invalid))} of {plural(len(runs), 'run')}"
        why = f"the generator could not keep its promise ({'; '.join(kinds) or 'no reason given'})"
        yield f"Invalid and left out of the medians: {share}, as {why}."
    lost = [d for d in digests if recording.workload(d.workload) and not d.counts and "invalid" in d.left_out]
    if lost:
        yield f"No valid run, so shown and not ranked: {_places(lost)}."
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
