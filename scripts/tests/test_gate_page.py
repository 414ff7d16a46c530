"""The gate's page and the chart of all gates: what is drawn of each block and each gate, and what is said."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from collections import defaultdict
from types import SimpleNamespace

import pytest
from matplotlib.colors import same_color

from charts.palette import FAILED, MUTED, TEXT
from gating import page
from gating.page import history_chart, write_page
from gating.verdict import CellResult, Decision, MetricResult, Rule, Verdict
from gating.words import judgement
from stats.comparison import Interval

CAPACITY = MetricResult(
    "capacity", True, True, "", (1, 1), math.log(1.01), Interval(0.0, math.log(1.02)), 0.05, False, 0.06
)
RATE = replace(CAPACITY, name="throughput", estimate=math.log(0.8), interval=Interval(-9.0, math.log(0.9)))
MEDIAN = replace(CAPACITY, name="p50", can_fail=False, interval=Interval(-math.inf, math.inf), margin=0.5)
METRICS = {metric.name: metric for metric in (CAPACITY, RATE, MEDIAN)}
RESULT = CellResult("async", 3, METRICS, worse=("throughput",))
DECISION = Decision(Verdict.REGRESSED, "throughput of async: worse", (RESULT,))
RECORDED = [
    SimpleNamespace(difference={name: math.log(1 + change) for name in ("capacity", "throughput")})
    for change in (0.1, -0.2, 0.05, 0.9)
]


class Drawn:
    """Charts as they are, in place of their files."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.charts, self.folders = [], []
        monkeypatch.setattr(page, "save", self.save)

    def save(self, chart, folder: Path):
        self.charts.append(chart)
        self.folders.append(folder)
        return chart._replace(figure=None, svg=f"<svg>{chart.name}</svg>")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return Drawn(monkeypatch)


def written(tmp_path: Path, decision: Decision, about: dict, past=None) -> str:
    recording = SimpleNamespace(blocks=defaultdict(lambda: RECORDED))
    write_page(tmp_path / "page.html", decision, judgement(decision, Rule(), about), recording, past)
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def marks(axes) -> list[list[float]]:
    """Of each single mark its place, in per cent of a change."""
    lines = [(line.get_xdata(), line.get_ydata()) for line in axes.lines]
    return [[x[0], round(y[0], 6)] for x, y in lines if len(x) == 1]


@pytest.fixture(scope="module")
def panels(tmp_path_factory):
    """Of the three metrics, and a fourth place."""
    folder = tmp_path_factory.mktemp("gate")
    with pytest.MonkeyPatch.context() as patch:
        drawn = Drawn(patch)
        written(folder, DECISION, {})
    [chart] = drawn.charts
    assert drawn.folders == [folder / "charts"] and chart.texts[0] == "async capacity: +1.0 % [+0.0, +2.0]"
    return chart.figure.axes


def test_each_metric_has_a_panel_with_its_blocks_its_estimate_and_its_margin(panels):
    capacity, rate, median, spare = panels
    assert [axes.get_visible() for axes in panels] == [True, True, True, False]
    # The estimate stands behind the blocks that were judged; the fourth came later.
    assert marks(capacity) == [[4, 1.0], [1, 10.0], [2, -20.0], [3, 5.0]]
    assert [axes.get_title("left") for axes in (capacity, rate, median)] == [
        "async capacity",
        "async throughput",
        "async p50",
    ]
    # No block has it; as a time, of which more is worse, it is on the other side of zero, as its margin is.
    assert marks(median) == [[1, round(100 / 1.01 - 100, 6)]]
    assert median.lines[-1].get_ydata()[0] == pytest.approx(100 * math.expm1(0.5))
    assert capacity.get_xlim() == (pytest.approx(0.3), pytest.approx(4.7))
    assert [axes.texts[0].get_text() for axes in (capacity, median)] == ["+1.0 % [+0.0, +2.0]", "shown only"]
    levels = [line.get_ydata()[0] for line in capacity.lines if len(line.get_ydata()) == 2]
    assert levels == pytest.approx([0, 1, 100 * math.expm1(-0.05)])
    estimate = capacity.lines[1]
    assert list(estimate.get_xdata()) == [1, 4] and estimate.get_ydata() == pytest.approx([1, 1])


def test_a_panel_is_as_high_as_its_farthest_block_or_its_margin_and_cuts_intervals_there(panels):
    capacity, rate, median, _ = panels
    assert capacity.get_ylim() == pytest.approx((-25, 25))
    most = 100 * math.expm1(0.5) * 1.25
    assert median.get_ylim() == pytest.approx((-most, most))

    def span(axes) -> tuple[float, float]:
        ends = [
            y
            for _, y in axes.patches[0].get_path().transformed(axes.patches[0].get_patch_transform()).vertices
        ]
        return min(ends), max(ends)

    assert span(capacity) == pytest.approx((0, 2))
    assert span(rate) == pytest.approx((-25, -10)) and span(median) == pytest.approx((-most, most))


def test_what_regressed_has_the_colour_of_failure(panels):
    capacity, rate, *_ = panels
    assert same_color(capacity.lines[1].get_color(), TEXT) and same_color(rate.lines[1].get_color(), FAILED)


def test_the_page_says_the_verdict_what_is_compared_and_what_it_was_measured_on(drawn, tmp_path):
    about = {"baseline": "v1", "candidate": "HEAD", "layouts": "anew", "block_ms": 2000, "started_at": None}
    past = page.Chart("h", "Gates so far", "", "", ["3 gates"], None, "<svg>past</svg>")
    shown = replace(
        DECISION, results=(replace(RESULT, metrics=METRICS | {"p50": replace(MEDIAN, looks_worse=True)}),)
    )
    text = written(tmp_path, shown, about, past)
    for words in (
        "<title>Performance gate: regressed</title>",
        "<strong>Regressed</strong>: throughput of async: worse.",
        "p50 of async looks worse than the margin: shown only, yet no pass",
        "<h2>Changes</h2>",
        "<svg>blocks</svg>",
        "<svg>past</svg>",
        "<dt>layouts</dt>\n<dd>anew</dd>",
        "<dt>baseline</dt>\n<dd>v1</dd>\n<dt>candidate</dt>\n<dd>HEAD</dd>",
        "<dt>block_ms</dt>\n<dd>2000</dd>",
        "<dt>blocks</dt>\n<dd>async 3</dd>",
    ):
        assert words in text, words
    assert "started_at" not in text


def test_a_gate_without_a_block_has_a_page_without_a_chart(drawn, tmp_path):
    text = written(tmp_path, Decision(Verdict.FAILED, "it died", (CellResult("async"),)), {"baseline": "v1"})
    assert drawn.charts == [] and "<svg>" not in text and "<strong>Failed</strong>: it died." in text
    assert "<dt>baseline</dt>\n<dd>v1</dd>" in text and "block_ms" not in text
    one_cell = written(tmp_path, replace(DECISION, results=(CellResult("b"), RESULT)), {})
    assert "<svg>blocks</svg>" in one_cell and "Changes<" in one_cell


def test_a_margin_that_one_block_leaves_unbounded_is_no_end_of_a_panel(drawn, tmp_path):
    metrics = {"p50": replace(MEDIAN, margin=math.inf), "capacity": CAPACITY}
    written(tmp_path, replace(DECISION, results=(replace(RESULT, metrics=metrics),)), {})
    panel = drawn.charts[0].figure.axes[1]
    assert panel.get_title("left") == "async capacity" and all(map(math.isfinite, panel.get_ylim()))


def gates(tmp_path: Path, *changes: dict, worse: tuple[str, ...] = ()) -> Path:
    path, lines = tmp_path / "history.jsonl", []
    for day, change in enumerate(changes, start=1):
        gate = {"started_at": f"2026-10-0{day}T10:00:00Z", "verdict": f"verdict {day}", "worse": list(worse)}
        lines.append(json.dumps(gate | {"changes": change}))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_all_gates_are_drawn_for_each_capacity_and_throughput(drawn, tmp_path):
    change = {"async capacity": [math.log(1.01), 0.0, math.log(1.02)], "async p99": [0, 0, 0]}
    unbounded = {"async capacity": [0.0, None, 0.1], "b throughput": [0, 0, 0]}
    path = gates(tmp_path, change, {}, unbounded, worse=("b throughput",))
    past = history_chart(path)
    assert past.name == "history" and past.texts == ["2 gates, the last verdict 3"]
    assert drawn.folders == [tmp_path]
    capacity, rate = drawn.charts[0].figure.axes
    assert [capacity.get_title("left"), rate.get_title("left")] == ["async capacity", "b throughput"]
    assert marks(capacity) == [[0, 1.0], [1, 0.0]] and marks(rate) == [[1, 0.0]]
    intervals = [line for line in capacity.lines[1:] if len(line.get_xdata()) == 2]
    assert [list(line.get_xdata()) for line in intervals] == [[0, 0]]
    assert intervals[0].get_ydata() == pytest.approx([0, 2])
    assert [same_color(axes.lines[-1].get_color(), FAILED) for axes in (capacity, rate)] == [False, True]
    assert same_color(capacity.lines[-1].get_color(), MUTED)
    assert capacity.get_xlim() == (-0.5, 1.5)


def test_gates_are_told_by_their_day(drawn, tmp_path):
    path = gates(tmp_path, *[{"async capacity": [0, 0, 0]}] * 3)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], lines[2].replace('"2026-10-03T10:00:00Z"', "null")]) + "\n")
    history_chart(path)
    day = drawn.charts[0].figure.axes[0].xaxis.get_major_formatter()
    assert [day(at) for at in (-1, 0, 0.9, 1.2, 2, 3)] == ["", "01 Oct", "02 Oct", "02 Oct", "", ""]


def test_of_gates_without_a_change_there_is_no_chart(drawn, tmp_path):
    assert history_chart(gates(tmp_path, {})) is None
    assert history_chart(gates(tmp_path, {"async p99": [0, 0, 0]})) is None and drawn.charts == []
