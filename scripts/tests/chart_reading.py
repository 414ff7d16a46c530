"""What charts hold, read back from their figures, and a small recording that they are drawn of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch

from charts.canvas import TEMPLATES, Chart, look
from charts.palette import subject_styles
from metrics.digest import Digest, digests
from recordings.recording import Recording
from synthetic import MODELS, Spec, build

VARIANTS = ("sequential", "async")
COLOURS = {name: style.colour for name, style in subject_styles(VARIANTS).items()}
Made = tuple[Recording, list[Digest]]
Draw = Callable[[Recording, list[Digest]], Iterator[Chart]]


def small_recording(folder: Path) -> Made:
    """Async fails some requests of all-long in each run, and one of two runs of sequential is invalid."""
    spec = Spec(
        models={name: MODELS[name] for name in VARIANTS},
        workloads={"all-long": {"long": 20}, "mixed": {"long": 10, "short": 10}, "all-short": {"short": 20}},
        failures={("async", "all-long", n): 5 for n in (1, 2)},
        invalid={("sequential", "mixed", 2): "late"},
    )
    return load(build(folder, spec))


def load(folder: Path) -> Made:
    recording = Recording.load(folder)
    return recording, digests(recording)


def charts_of(drawer: ModuleType | Draw, made: Made) -> dict[str, Chart]:
    """What one of the functions that draw_all names draws; of a module, its `draw`."""
    draw = drawer.draw if isinstance(drawer, ModuleType) else drawer
    with look():
        return {chart.name: chart for chart in draw(*made)}


def lines(axes: Axes, marker: str | None = None, colour: str | None = None, points: int = 0) -> list[Line2D]:
    return [
        line
        for line in axes.lines
        if marker in (None, line.get_marker())
        and colour in (None, to_hex(line.get_color()))
        and points in (0, len(line.get_xdata()))
    ]


def xs(some: list[Line2D]) -> list[list[float]]:
    return [list(line.get_xdata()) for line in some]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def visible(chart: Chart) -> list[Axes]:
    return [axes for axes in chart.figure.axes if axes.get_visible()]


def names_of(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def key_texts(chart: Chart) -> list[str]:
    [legend] = chart.figure.legends
    return [text.get_text() for text in legend.get_texts()]


def within(axes: Axes, x: list[float], y: list[float]) -> bool:
    (left, right), (low, high) = axes.get_xlim(), sorted(axes.get_ylim())
    return left <= min(x) and max(x) <= right and low <= min(y) and max(y) <= high


def of_workload(made: Made, workload: str) -> list[Digest]:
    return [digest for digest in made[1] if digest.workload == workload]


def recording_of(subjects: list[str], *entries: dict, **others: Any) -> SimpleNamespace:
    """What charts ask a recording for, of workloads as run.json has them."""
    by_name = {entry["name"]: entry for entry in entries}
    return SimpleNamespace(
        subjects=subjects,
        run={"workloads": entries, "objective": None},
        workloads=list(by_name),
        workload=by_name.__getitem__,
        **others,
    )


def steps_of(line: Line2D) -> tuple[list[float], list[float]]:
    """Where a line that goes level and then upright has risen to what."""
    x, y = map(list, line.get_data())
    assert x[1::2] == x[2::2] and y[1::2] == y[:-1:2]
    return x[::2], y[::2]


def bars_of(patch: StepPatch) -> list[tuple[float, float, float, float]]:
    """Of a timeline's shape: the top, the bottom and both ends of each bar."""
    ends, heights, begins = map(list, patch.get_data())
    return [bar for bar in zip(heights, heights[1:], begins, ends) if bar[3] == bar[3]]


def swatches_of(figure: Figure) -> list[tuple[str, str]]:
    """The entries of its legends in the page: the shape that each is drawn as, and its name."""
    words = dict.fromkeys(("name", "title", "description", "hint"), "") | {"panels": [], "is_labelled": False}
    drawn = TEMPLATES.get_template("panels.html").render(words, legends=figure.legends)
    return re.findall(r'<li data-key="[^"]*"><svg[^>]*><(.*?)/></svg>(.*?)</li>', drawn)
