"""What a recording of load generators says: sentences for the page, tables for the terminal and the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from words.findings import Finding
from peers.recorded import OURS, PeerDigest, PeerRecording, digests
from clients.tools import TOOLS
from metrics.ratios import Ratio, interval_text
from stats.quantiles import MedianInterval
from text.units import NONE, count_text, duration_text, joined, names_text, plural, ratio_text

if TYPE_CHECKING:
    from rich.console import Console

RULE = (
    "A ratio is ours over theirs, of two runs of the same repetition; the figure is the median over the "
    "repetitions. In brackets stands its interval by the sign test, which assumes no distribution"
)


class PeerTable(NamedTuple):
    workload: str
    asked: str
    headings: list[str]
    rows: list[tuple[str, list[str]]]


def sentences(recording: PeerRecording) -> list[Finding]:
    """Warnings first; a result or more for each workload that ours took part in."""
    groups = digests(recording)
    warnings = [Finding("warning", text) for text in _warnings(recording)]
    results = [Finding("result", text) for w in recording.workloads for text in _results(w, groups)]
    return warnings + results


def rule(recording: PeerRecording) -> str:
    """How the ratios are made and how sure their brackets are, which depends on the repetitions."""
    sure = [r.interval.coverage for d in digests(recording) for r in (d.cpu_ratio, d.throughput_ratio) if r]
    return f"{RULE} (coverage {min(sure) * 100:.0f} % or more)." if sure else f"{RULE}."


def asked_text(workload: dict[str, Any]) -> str:
    connections = f"{plural(workload['connections'], 'kept connection')}, one thread"
    if workload["rate_rps"] is None:
        return f"closed loop: {connections}, as fast as it goes"
    return f"open loop: {count_text(workload['rate_rps'])} requests/s over {connections}"


def tables(recording: PeerRecording) -> list[PeerTable]:
    """A table per workload, a row per client; a column nobody has a figure for is left out."""
    groups = digests(recording)
    return [
        _table(workload, [d for d in groups if d.workload == workload["name"]])
        for workload in recording.workloads
    ]


def print_tables(recording: PeerRecording, console: Console) -> None:
    from rich import box
    from rich.measure import Measurement
    from rich.table import Table

    for table in tables(recording):
        console.print(f"[bold]{table.workload}[/]: {table.asked}", highlight=False, soft_wrap=True)
        shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
        shown.add_column("client", no_wrap=True)
        for heading in table.headings:
            shown.add_column(heading, justify="right", no_wrap=console.width > 100)
        for client, cells in table.rows:
            shown.add_row(client, *cells)
        if not console.is_terminal:  # a pipe has no width of its own
            console.width = Measurement.get(console, console.options.update(width=1000), shown).maximum
        console.print(shown)
    for finding in sentences(recording):
        mark = "! " if finding.kind == "warning" else ""
        console.print(
            mark + finding.text.replace("`", "").replace("**", ""),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _table(workload: dict[str, Any], mine: list[PeerDigest]) -> PeerTable:
    columns: list[tuple[str, Callable[[PeerDigest], str]]] = [
        ("CPU per request", lambda d: _text(d.cpu_us, duration_text)),
        (f"{OURS} needs", lambda d: _ratio(d.cpu_ratio)),
        ("requests/s", lambda d: _text(d.throughput_rps, count_text)),
        (f"{OURS} makes", lambda d: _ratio(d.throughput_ratio)),
        ("mean latency", lambda d: _text(d.latency_mean_us, duration_text)),
        ("p99", lambda d: _text(d.latency_p99_us, duration_text)),
        ("latency - service", lambda d: _text(d.added_us, duration_text)),
        ("runs failed", lambda d: f"{d.failed} of {len(d.runs)}" if d.failed else NONE),
    ]
    if workload["rate_rps"] is not None:
        columns = [c for c in columns if c[0] != f"{OURS} makes"]  # the schedule's, whoever sends
    kept = [(heading, text) for heading, text in columns if any(text(d) != NONE for d in mine)]
    return PeerTable(
        workload["name"],
        asked_text(workload),
        [heading for heading, _ in kept],
        [(d.client, [text(d) for _, text in kept]) for d in mine],
    )


def _text(interval: MedianInterval | None, text: Callable[[float], str]) -> str:
    return (
        NONE if interval is None else text(round(interval.median) if text is count_text else interval.median)
    )


def _ratio(ratio: Ratio | None) -> str:
    return NONE if ratio is None else interval_text(ratio.interval, ratio_text)


def _results(workload: dict[str, Any], groups: list[PeerDigest]) -> Iterator[str]:
    mine = [d for d in groups if d.workload == workload["name"]]
    ours = next((d for d in mine if d.client == OURS), None)
    name = f"**{workload['name']}**"
    cpu = [f"{_ratio(d.cpu_ratio)} that of `{d.client}`" for d in mine if d.cpu_ratio]
    if ours and ours.cpu_us and cpu:
        yield f"{name}: `{OURS}` needs {duration_text(ours.cpu_us.median)} of CPU per request: {joined(cpu)}."
    rates = [f"{_ratio(d.throughput_ratio)} those of `{d.client}`" for d in mine if d.throughput_ratio]
    if ours and ours.throughput_rps and rates and workload["rate_rps"] is None:
        rate = count_text(round(ours.throughput_rps.median))
        yield f"{name}: `{OURS}` makes {rate} requests per second: {joined(rates)}."
    if workload["rate_rps"] is None:
        return
    means = [f"{duration_text(d.latency_mean_us.median)} by `{d.client}`" for d in mine if d.latency_mean_us]
    if means:
        yield f"{name}: the mean latency of the same server is {joined(means)}, as each tool tells it."
    if ours and ours.added_us:
        added = interval_text(ours.added_us, duration_text)
        yield f"{name}: of `{OURS}`’s, {added} on average is not service but queue, connect and lag."


def _warnings(recording: PeerRecording) -> Iterator[str]:
    run = recording.run
    if run["finished_at"] is None:
        yield f"The bench was stopped before its end: {plural(len(recording.rows), 'run')} are here."
    failed = [entry for entry in run["runs"] or [] if entry.get("status") == "failed"]
    for client in dict.fromkeys(entry.get("client") for entry in failed):
        notes = [entry["note"] for entry in failed if entry.get("client") == client]
        example = ", for example: " if len(set(notes)) > 1 else ": "
        yield f"{plural(len(notes), 'run')} of `{client}` failed and counted for nothing{example}{notes[0]}."
    if recording.skipped:
        yield f"Not installed, so not here: {names_text(recording.skipped)}."
    if not run["pinned"]:
        yield "Nothing was pinned: server and clients shared one core, so the rates are of both together."
    for workload in recording.workloads:
        out = [c["name"] for c in run["clients"] if c.get("there") and _cannot(c["name"], workload)]
        if out:
            what = "closed" if workload["rate_rps"] is None else "open"
            have = "has" if len(out) == 1 else "have"
            yield f"{names_text(out)} {have} no usable {what} loop and no part in `{workload['name']}`."


def _cannot(client: str, workload: dict[str, Any]) -> bool:
    return client in TOOLS and not TOOLS[client].takes_part(workload["rate_rps"])
