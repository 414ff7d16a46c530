"""The tables of a recording: of a workload or a curve, with a row per subject, medians over the repetitions
and what went wrong, for the page, the terminal and the README; of its runs that do not count; and of a
comparison, with a row per metric."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from metrics.comparing import Compared
from metrics.curves import Curve
from metrics.digest import Digest, figure_text
from metrics.metrics import CLIENTS, METRICS, PAGE, README, Metric, shown_in
from metrics.soundness import MARK, why_not
from recordings.recording import Recording, Row, RunKey, key_of
from text.table import TableCell, Column, Table, make_table
from text.units import NONE, count_text, range_text, ratio_text
from words.findings import facts_of, outcomes_text

_MOST_CLASS_COLUMNS = 6  # more, as the parts of a distribution, would be all that a table shows
_MODES = {"fresh": "a fresh connection each", "kept": "connections kept"}


def summary_table(recording: Recording, digests: Sequence[Digest], workload: str, place: str) -> Table:
    rows = [digest for digest in digests if digest.workload == workload]
    return _table(recording, workload, rows, place, _asked_text(recording, workload, rows))


def curve_table(recording: Recording, curve: Curve, place: str) -> Table:
    """All points of a curve in one table, a subject after the other."""
    points = [(line.subject, *point) for line in curve.lines for point in line.points]
    rows = [replace(digest, subject=f"{name}, {count_text(at)}") for name, at, digest in points]
    asked = _asked_text(recording, rows[0].workload, rows[:1], is_counted=False)
    return _table(recording, curve.name, rows, place, f"Against {curve.axis_text}. {asked}")


def _table(recording: Recording, title: str, rows: list[Digest], place: str, asked: str) -> Table:
    name, is_page = "`{}`" if place == README else "{}", place == PAGE
    columns = [Column(recording.varies, lambda digest: name.format(digest.subject), is_words=True)]
    columns += [Column("runs", _runs_text, note="counted")] if is_page else []
    classes = dict.fromkeys(name for digest in rows for name in digest.classes)
    before_classes = "over_ideal" if place == README else "p99"
    for metric in shown_in(CLIENTS if recording.varies == "client" else place):
        columns.append(_metric_column(metric, place))
        if metric.key == before_classes and 1 < len(classes) <= _MOST_CLASS_COLUMNS:
            columns += [_metric_column(METRICS["p99"], place, name) for name in classes]
    columns.append(Column("errors", _errors_cell, is_words=True))
    columns += [Column("verdict", _verdict_cell, is_words=True)] if is_page else []
    return make_table(title, columns, rows, asked)


def _asked_text(recording: Recording, workload: str, digests: list[Digest], is_counted: bool = True) -> str:
    """`20 long (/task?wait_ms=50), 80 short (/ping); 100 at once, a fresh connection each`. `is_counted`:
    with how many there are, which the points of a curve do not share."""
    digested = digests[0].classes if digests else {}
    entry, parts = recording.workload(workload), []
    for each in recording.classes(workload):
        if (name := each["name"]) in digested:
            count = f"{count_text(digested[name][0].requests)} " if is_counted else ""
            parts.append(f"{count}{name} (`{each.get('target', '?')}`)")
    if len(parts) > _MOST_CLASS_COLUMNS:
        parts = [f"{parts[0]} to {parts[-1]}"]
    ways = []
    if connections := entry.get("connections"):
        ways = [
            f"{count_text(connections)} at once" if is_counted else "",
            _MODES.get(entry.get("connection_mode")),
        ]
    return "; ".join(filter(None, (", ".join(parts), ", ".join(filter(None, ways)))))


def _metric_column(metric: Metric, place: str, request_class: str = "") -> Column:
    """The median, marked where no run counts; with the range where it has a place: on the page beneath it."""

    def cell(digest: Digest) -> TableCell:
        spread = digest.p99_of(request_class) if request_class else digest[metric.key]
        if spread is None:
            return TableCell(NONE)
        figure = figure_text(metric, spread) + ("" if digest.counts else MARK)
        limits = range_text(spread.low, spread.high, metric.text)
        if place not in metric.ranged_in or limits == metric.text(spread.median):
            return TableCell(figure)
        return TableCell(figure, limits) if place == PAGE else TableCell(f"{figure} ({limits})")

    if request_class:
        return Column(f"{request_class} {metric.name}", cell)
    return Column(metric.name, cell, expendable=metric.expendable)


def _runs_text(digest: Digest) -> str:
    total, left_out = len(digest.runs), sum(digest.left_out.values())
    return f"{total - left_out} of {total}" if left_out else str(total)


def _errors_cell(digest: Digest) -> TableCell:
    """What went wrong, of all runs."""
    text = "; ".join(filter(None, (outcomes_text(digest.failures), digest.left_out_text)))
    return TableCell(text, kind="bad") if text else TableCell("none")


def _verdict_cell(digest: Digest) -> TableCell:
    note = ", ".join(fact.replace("_", "-") for fact in sorted(facts_of(digest)))
    if not digest.left_out:
        return TableCell("valid", note)
    is_same = list(digest.left_out.values()) == [len(digest.runs)]
    text = ", ".join(reason if is_same else f"{n} {reason}" for reason, n in digest.left_out.items())
    return TableCell(text, ", ".join(filter(None, (note, "; ".join(digest.reasons)))), "bad")


def uncounted_table(recording: Recording) -> Table:
    """The runs that do not count, by workload and subject; each with its figures is in summary.csv."""
    rows, ran = {key_of(row): row for row in recording.summary}, defaultdict(list)
    for entry in recording.run["runs"] or []:
        row = rows.get(RunKey(*map(entry.get, RunKey._fields)))
        whose = entry.get("workload"), entry.get(recording.varies)
        ran[whose].append((entry.get("repetition"), _faults(entry, row)))

    def kinds(runs: list[tuple[int, list[str]]]) -> str:
        counts = Counter(fault for _, faults in runs for fault in faults)
        return "; ".join(f"{kind} ({count})" if count > 1 else kind for kind, count in counts.most_common())

    columns = [
        Column("workload", lambda each: each[0][0], is_words=True),
        Column(recording.varies, lambda each: each[0][1], is_words=True),
        Column("runs", lambda each: f"{sum(bool(faults) for _, faults in each[1])} of {len(each[1])}"),
        Column("repetitions", lambda each: ", ".join(str(n) for n, faults in each[1] if faults)),
        Column("why", lambda each: kinds(each[1]), is_words=True),
    ]
    some = [each for each in ran.items() if any(faults for _, faults in each[1])]
    return make_table("runs that do not count", columns, some)


def _faults(entry: dict[str, Any], row: Row | None) -> list[str]:
    """The kinds of what is wrong with a run, by the worst that is known of it; none of one that counts."""
    status = entry.get("status") or "of unknown end"
    if status in ("ok", "valid") or row is not None and row.verdict != "valid":
        status = "without figures" if row is None else why_not(row)
    if status is None:
        return []
    why = entry.get("note") or (row.reasons if row is not None else "") or ""
    return [f"{status}: {reason.partition(':')[0]}" for reason in why.split("; ") if reason] or [status]


def compared_table(
    title: str, rows: Sequence[Compared], headings: tuple[str, str], names_subjects: bool = False
) -> Table:
    """`headings` are those of the two sides; `names_subjects`: the rows are of different subjects."""

    def names(row: Compared) -> str:
        return " / ".join(dict.fromkeys((row.second, row.first)))

    def interval(row: Compared) -> str:
        """`0.93 – 1.12×`, with a question mark where so few runs bound nothing."""
        ends = row.comparison.interval
        bounded = ends and math.isfinite(ends.high)
        return f"{ends.low:.2f} – {ratio_text(ends.high)}" if bounded else "?" if ends else NONE

    def finding(row: Compared) -> TableCell:
        return TableCell(row.comparison.sentence, kind="good" if row.comparison.differs else "")

    are_in_headings = len({names(row) for row in rows}) == 1
    columns = [
        Column("workload", lambda row: row.workload, is_words=True),
        Column("of", names, is_words=True, expendable=3 * are_in_headings),
        Column("metric", lambda row: row.metric, is_words=True),
        Column(headings[0], lambda row: row.levels[0], expendable=1),
        Column(headings[1], lambda row: row.levels[1], expendable=1),
        Column("ratio", lambda row: ratio_text(row.comparison.ratio)),
        Column("interval", interval, expendable=2),  # the finding has it, where there is one
        Column("finding", finding, is_words=True),
    ]
    return make_table(title, columns if names_subjects else [columns[0], *columns[2:]], rows)
