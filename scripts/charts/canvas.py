"""What every chart is drawn on: sizes in inches, the common look, legends, time axes, and saving.

Figures are plain matplotlib Figures (no pyplot, no global state); settings hold only inside `look()`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.textpath import TextPath
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from charts import svg
from charts.palette import GRID, MUTED, SURFACE, TEXT, Style
from cli.files import replace_file
from text.units import duration_text, round_duration_text

WIDTH = 8.6
TITLE_SPACE = 0.26
LOG_WHEN_APART = 8.0


@dataclass
class Chart:
    """A drawn chart. `caption` says what is shown, `description` says in words what is to be seen in it."""

    name: str
    title: str
    caption: str
    description: str
    figure: Figure


@dataclass(frozen=True)
class SavedChart:
    name: str
    title: str
    caption: str
    svg: str


def look() -> AbstractContextManager[None]:
    return matplotlib.rc_context(
        {
            "font.family": ["DejaVu Sans"],
            "font.size": 8.5,
            "svg.fonttype": "none",
            "figure.facecolor": SURFACE,
            "savefig.facecolor": SURFACE,
            "axes.facecolor": "none",
            "axes.edgecolor": GRID,
            "axes.linewidth": 0.8,
            "axes.labelcolor": MUTED,
            "axes.labelsize": 8,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "grid.color": GRID,
            "grid.linewidth": 0.7,
            "text.color": TEXT,
            "xtick.color": GRID,
            "ytick.color": GRID,
            "xtick.labelcolor": MUTED,
            "ytick.labelcolor": MUTED,
            "xtick.labelsize": 8,
            "ytick.labelsize": 8,
            "xtick.minor.size": 0,
            "ytick.minor.size": 0,
            "legend.frameon": False,
            "legend.fontsize": 8.5,
        }
    )


def save(chart: Chart, folder: Path) -> SavedChart:
    """Writes NAME.png and NAME.svg into the folder, each under a temporary name first."""
    folder.mkdir(parents=True, exist_ok=True)
    png, raw = io.BytesIO(), io.StringIO()
    chart.figure.savefig(png, format="png", dpi=150, metadata={"Software": None})
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    chart.figure.patch.set_visible(False)  # svg.standalone gives the file its ground; a page has its own
    with matplotlib.rc_context({"svg.hashsalt": chart.name}):
        chart.figure.savefig(raw, format="svg", metadata=nothing)
    # The name becomes an id and a file; a workload's name in it may hold anything.
    name = re.sub(r"[^\w.-]+", "-", chart.name)
    inline = svg.adapt(raw.getvalue(), name, chart.title, chart.description)
    replace_file(folder / f"{name}.png", png.getvalue())
    replace_file(folder / f"{name}.svg", svg.standalone(inline).encode())
    return SavedChart(name, chart.title, chart.caption, inline)


def grid(
    widths: Sequence[float],
    heights: Sequence[float],
    *,
    left: float = 0.5,
    right: float = 0.15,
    top: float = 0.3,
    bottom: float = 0.45,
    across: float = 0.4,
    down: float = 0.4,
) -> tuple[Figure, list[list[Axes]]]:
    """A figure of WIDTH inches with a grid of axes; widths are shares, everything else is in inches."""
    total = top + bottom + sum(heights) + down * (len(heights) - 1)
    figure = Figure(figsize=(WIDTH, total))
    room = WIDTH - left - right - across * (len(widths) - 1)
    rows, y = [], total - top
    for height in heights:
        x, row = left, []
        for share in widths:
            width = room * share / sum(widths)
            row.append(figure.add_axes((x / WIDTH, (y - height) / total, width / WIDTH, height / total)))
            x += width + across
        rows.append(row)
        y -= height + down
    return figure, rows


def hide_rest(cells: Sequence[Axes], used: int) -> None:
    """Hides the cells of a grid that no panel needed."""
    for axes in cells[used:]:
        axes.set_visible(False)


def legend_space(names: Sequence[str]) -> float:
    """The inches that `legend` takes above the titles of the uppermost panels."""
    return 0.18 + 0.195 * -(-len(names) // _legend_columns(names))


def legend(figure: Figure, styles: dict[str, Style], left: float = 0.5) -> None:
    """A key of the variants' lines across the top of the figure; leave `legend_space` for it."""
    handles = [
        Line2D([], [], color=style.colour, linestyle=style.dashes, linewidth=2, label=name)
        for name, style in styles.items()
    ]
    key(figure, handles, left=left, columns=_legend_columns(list(styles)), handlelength=1.9)


def key(
    figure: Figure, handles: Sequence[Artist], *, left: float, columns: int | None = None, handlelength: float
) -> None:
    """A legend at the top edge, beginning `left` inches from the left."""
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(left / WIDTH, 1 - 0.08 / figure.get_size_inches()[1]),
        ncol=columns or len(handles),
        borderpad=0,
        borderaxespad=0,
        handlelength=handlelength,
        handletextpad=0.5,
        columnspacing=1.6,
        labelspacing=0.35,
    )


def panel_title(axes: Axes, strong: str, rest: str = "") -> None:
    """A bold name and quieter words after it, above the axes' left edge."""
    axes.annotate(
        strong, (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points", weight="bold", size=9
    )
    if rest:
        # The fonts of a web page are narrower than the one measured here, so the two never touch.
        shift = TextPath((0, 0), strong, size=9, prop=FontProperties(weight="bold")).get_extents().width + 8
        axes.annotate(
            rest,
            (0, 1),
            (shift, 5),
            xycoords="axes fraction",
            textcoords="offset points",
            color=MUTED,
            size=8.5,
        )


def time_axis(axes: Axes, *, log: bool, which: str = "x", ticks: int = 6, room: bool = False) -> None:
    """Ticks as durations; the axis' numbers are microseconds. `room`: for more ticks if logarithmic."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    if log:
        (axes.set_xscale if which == "x" else axes.set_yscale)("log")
        low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
        few_decades = high / low < (3000 if room else 60)
        axis.set_major_locator(LogLocator(10, subs=(1, 2, 5) if few_decades else (1,), numticks=12))
        axis.set_minor_formatter(NullFormatter())
    else:
        axis.set_major_locator(MaxNLocator(ticks, steps=(1, 2, 5, 10)))
    axis.set_major_formatter(FuncFormatter(lambda us, _: round_duration_text(us)))


def spans_far(values: Sequence[float]) -> bool:
    """Whether a linear axis would squeeze the least of these to nothing."""
    positive = [value for value in values if value > 0]
    return bool(positive) and max(positive) > LOG_WHEN_APART * min(positive)


def described(values: dict[str, float]) -> str:
    """`sequential 5.03 s, async 53.1 ms`, for descriptions."""
    return ", ".join(f"{name} {duration_text(us)}" for name, us in values.items())


def _legend_columns(names: Sequence[str]) -> int:
    """As many columns as fit side by side; matplotlib fills them one after the other."""
    for columns in range(len(names), 1, -1):
        rows = -(-len(names) // columns)
        widest = [max(map(len, islice(names, at, at + rows))) for at in range(0, len(names), rows)]
        if sum(0.55 + 0.075 * letters for letters in widest) < WIDTH - 0.7:
            return columns
    return 1
