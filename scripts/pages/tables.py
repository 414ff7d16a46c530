"""The tables of a recording, for the page, the terminal and the README: of a workload or a curve, a row per
subject; of runs that do not count; of what is on the wire; and of a comparison, a row per metric."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import isfinite
from operator import attrgetter, itemgetter
from statistics import median
from typing import Any

from metrics.comparing import Compared
from metrics.curves import Curve
from metrics.digest import Digest, figure_text
from metrics.metrics import CLIENTS, MARK, METRICS, PAGE, README, Metric, counted, shown_in, why_not
from recordings.csv_table import grouped
from recordings.recording import Recording, RunKey, key_of
from text.table import Column, Table, TableCell, make_table
from text.units import NONE, count_text, duration_text, range_text, ratio_text
from words.findings import facts_of, outcomes_text

QUANTILES = {"p50": "p50", "p99": "p99", "p99_9": "p99.9"}  # as wire.csv and as people name them
_MOST_CLASS_COLUMNS = 6  # more, as the parts of a distribution, would be all that a table shows


def plain_table(
    title: str, headings: Iterable[str], rows: list[Any], words: Sequence[int] = (0,), spare: Mapping = {}
) -> Table:
    """Of rows of cells. By their places: which columns are of `words`, how expendable `spare` ones are."""
    columns = [
        Column(text, itemgetter(n), "", n in words, spare.get(n, 0)) for n, text in enumerate(headings)
    ]
    return make_table(title, columns, rows)


def summary_table(recording: Recording, digests: Sequence[Digest], workload: str, place: str) -> Table:
    rows = [digest for digest in digests if digest.workload == workload]
    name = "`{}`" if place == README else "{}"
    columns = [Column(recording.varies, lambda digest: name.format(digest.subject), is_words=True)]
    if place == PAGE:
        columns.append(Column("runs", lambda digest: f"{len(counted(digest.runs))} of {len(digest.runs)}"))
    classes = dict.fromkeys(name for digest in rows for name in digest.classes)
    before_classes = "over_ideal" if place == README else "p99"
    for metric in shown_in(CLIENTS if recording.varies == "client" else place):
        columns.append(_metric_column(metric, place))
        if metric.key == before_classes and 1 < len(classes) <= _MOST_CLASS_COLUMNS:
            columns += [_metric_column(METRICS["p99"], place, name) for name in classes]
    columns.append(Column("errors", lambda digest: _errors_cell(digest, place), is_words=True))
    return make_table(workload, columns, rows, _asked_text(recording, rows[0]) if rows else "")


def curve_table(recording: Recording, curve: Curve, place: str) -> Table:
    """All points of a curve in one table, a subject after the other."""
    rows = [
        replace(digest, subject=f"{subject}, {count_text(at)}", workload=curve.name)
        for subject, points in curve.lines
        for at, digest in points
    ]
    asked = _asked_text(recording, curve.lines[0].points[0].digest, is_counted=False)
    subtitle = f"Against {curve.axis_text}. {asked}"
    return summary_table(recording, rows, curve.name, place)._replace(subtitle=subtitle)


def _asked_text(recording: Recording, digest: Digest, is_counted: bool = True) -> str:
    """`20 long (/task?wait_ms=50), 80 short (/ping); 100 at once, fresh connections`. `is_counted`: with how
    many there are, which the points of a curve do not share."""
    entry, classes = recording.workload(digest.workload), []
    for each in recording.classes(digest.workload):
        if rows := digest.classes.get(each["name"]):
            count = f"{count_text(rows[0].requests)} " if is_counted else ""
            classes.append(f"{count}{each['name']} (`{each.get('target', '?')}`)")
    if len(classes) > _MOST_CLASS_COLUMNS:
        classes = [f"{classes[0]} to {classes[-1]}"]
    connections, mode = entry.get("connections"), entry.get("connection_mode")
    ways = [f"{count_text(connections)} at once" if connections and is_counted else ""]
    ways += [f"{mode} connections" if connections and mode else ""]
    return "; ".join(filter(None, (", ".join(classes), ", ".join(filter(None, ways)))))


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

    expendable = 0 if request_class else metric.expendable
    return Column(f"{request_class} {metric.name}".lstrip(), cell, expendable=expendable)


def _errors_cell(digest: Digest, place: str) -> TableCell:
    """What went wrong, of all runs; on the page, beneath it, why, and what one must know of the others."""
    text = "; ".join(filter(None, (outcomes_text(digest.failures), digest.left_out_text)))
    notes = [*(fact.replace("_", "-") for fact in facts_of(digest)), *digest.reasons]
    return TableCell(text or "none", "; ".join(notes if place == PAGE else ()), "bad" if text else "")


def uncounted_table(recording: Recording) -> Table:
    """The runs that do not count, by workload and subject, with the kinds of what is wrong with them; each
    with its figures is in summary.csv."""
    summary, rows = {key_of(row): row for row in recording.summary}, []
    names = itemgetter("workload", recording.varies)
    for (workload, subject), entries in grouped(recording.run["runs"] or [], names).items():
        repetitions, kinds = [], Counter()
        for entry in entries:
            run, ended = summary.get(RunKey(*map(entry.get, RunKey._fields))), entry.get("status")
            lost = "without figures" if ended in ("ok", "valid") else ended or "of unknown end"
            if kind := why_not(run) if run else lost:
                repetitions.append(str(entry["repetition"]))
                reasons = filter(None, (entry.get("note") or run and run.reasons or "").split("; "))
                kinds.update([f"{kind}: {reason.partition(':')[0]}" for reason in reasons] or [kind])
        if repetitions:
            why = "; ".join(f"{kind} ({n})" if n > 1 else kind for kind, n in kinds.most_common())
            count = f"{len(repetitions)} of {len(entries)}"
            rows.append((workload, subject, why, count, ", ".join(repetitions)))
    headings = ("workload", recording.varies, "why", "runs", "repetitions")
    return plain_table("runs that do not count", headings, rows, words=range(3))


def wire_table(recording: Recording) -> Table:
    """Medians of the runs that count, `told / on the wire`; without rows where nothing was captured."""
    rows = []
    for workload, subject in product(recording.workloads, recording.subjects):
        runs = counted(recording.runs(subject, workload))
        of_quantile = grouped((r for run in runs for r in recording.wire_of(run)), attrgetter("quantile"))
        if not of_quantile:
            continue
        texts = []
        for on_wire in map(of_quantile.get, QUANTILES):
            says = [row.told_us for row in on_wire if row.told_us is not None]
            wire_us = median(row.wire_us for row in on_wire)
            texts.append(f"{duration_text(median(says)) if says else 'not told'} / {duration_text(wire_us)}")
        one = of_quantile["p50"]
        left_out, requests = sum(row.left_out for row in one), sum(row.requests for row in one)
        lost = f"{count_text(left_out)} of {count_text(left_out + requests)}" if left_out else ""
        rows.append((workload, subject, one[0].measure, *texts, lost))
    headings = (
        "workload",
        recording.varies,
        "of",
        *(f"{q}, told / wire" for q in QUANTILES.values()),
        "left out",
    )
    subtitle = "What a client says, beside what its packets say; medians of the runs that count"
    table = plain_table("Told, and on the wire", headings, rows, range(3), spare={2: 2, 3: 1})
    return table._replace(subtitle=subtitle)


def compared_table(title: str, rows: Sequence[Compared], headings: tuple[str, str]) -> Table:
    """`headings` are those of the two sides. Of whom a row is stands in it where they do not say it."""
    cells = []
    for row in rows:
        names = () if (row.first, row.second) == headings else dict.fromkeys((row.second, row.first))
        both, ends = row.comparison, row.comparison.interval
        # So few runs that they bound nothing have no interval.
        interval = f"{ends.low:.2f} – {ratio_text(ends.high)}" if ends and isfinite(ends.high) else NONE
        finding = TableCell(both.sentence, kind="good" if both.differs else "")
        ratio = ratio_text(both.ratio)
        cells.append((row.workload, " / ".join(names), row.metric, *row.levels, ratio, interval, finding))
    columns = ("workload", "of", "metric", *headings, "ratio", "interval", "finding")
    # The finding has the interval, where there is one.
    return plain_table(title, columns, cells, words=(0, 1, 2, 7), spare={3: 1, 4: 1, 6: 2})
