"""What every chart is drawn on: a grid sized in inches, titles, keys, axes; and how it is saved. Figures are
plain matplotlib Figures (no pyplot, no global state); their look holds only inside `look()`."""

import io
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from math import inf
from pathlib import Path
from typing import NamedTuple

import jinja2
import matplotlib
from markupsafe import Markup
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.ticker import LogLocator, MaxNLocator
from PIL import Image

from charts.palette import DARK_OF, MUTED, SURFACE
from charts.svg import as_attributes, cleaned, panels_of, tag_panels
from cli.files import ROOT, replace_file
from metrics.digest import Digest
from metrics.metrics import MARK, METRICS
from text.units import as_html, count_text, duration_text, memory_text, ratio_text, round_duration_text

_CAPTIONS = tomllib.loads(Path(__file__).with_name("captions.toml").read_text(encoding="utf-8"))
Floats = Iterable[float]
Cells = list[list[Axes]]  # a row of a figure each
Tick = Callable[[float], str]  # how a value reads at an axis
WIDTH = 8.6
# Inches; `across` and `down` are between axes.
_USUAL = {"wide": WIDTH, "left": 0.66, "right": 0.15, "top": 0.4, "bottom": 0.35, "across": 0.7, "down": 0.62}
_STEPS = ((1, 1.2, 1.5, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 5, 7), (1, 2, 5), (1,))  # of a logarithmic axis
TICKS: dict[Tick, Tick] = {  # of axes of what reads like this elsewhere
    duration_text: round_duration_text,
    memory_text: lambda kib: memory_text(kib).replace(".00 ", " ").replace(".0 ", " "),
    ratio_text: "{:.3g}×".format,
    METRICS["threads"].text: lambda count: count_text(count) if count == int(count) else "",
    METRICS["throughput"].text: count_text,
}
MARK_NOTE = f" {MARK} marks what no run that counts stands behind."
# Of the page as well.
_STRICT = {"autoescape": True, "undefined": jinja2.StrictUndefined}
_LOADER = jinja2.FileSystemLoader(ROOT / "report")
TEMPLATES = jinja2.Environment(loader=_LOADER, trim_blocks=True, lstrip_blocks=True, **_STRICT)
TEMPLATES.filters["marked"] = lambda text: Markup(as_html(text))
TEMPLATES.globals |= {"dark_of": DARK_OF, "surface": SURFACE, "zip": zip}


class Chart(NamedTuple):
    """`caption` says what is shown; `opening` and `texts` say in words what is to be seen."""

    name: str
    title: str
    caption: str
    opening: str
    texts: list[str]
    figure: Figure | None
    svg: str = ""  # of one that is saved, for the page: in place of its figure, which would only take memory
    hint: str = ""  # what the page's script makes of it: `linked` has one cursor over all its panels


def captioned(kind: str, figure: Figure, texts: Iterable[str], **words: str) -> Chart:
    """With what captions.toml says of its kind, these words filled in."""
    captions = {key: text.format(**words) for key, text in _CAPTIONS[kind].items()}
    return Chart(**{"name": kind} | captions, texts=list(texts), figure=figure)


def look() -> AbstractContextManager[None]:
    return matplotlib.rc_context(fname=Path(__file__).with_name("look.mplstyle"))


def save(chart: Chart, folder: Path) -> Chart:
    """Writes NAME.png and NAME.svg into the folder, each under a temporary name first."""
    figure, png, small, raw = chart.figure, io.BytesIO(), io.BytesIO(), io.StringIO()
    # The name becomes an id and a file; a workload's name in it may hold anything.
    name = re.sub(r"[^\w.-]+", "-", chart.name)
    tag_panels(figure)
    figure.savefig(png, format="png", dpi=150)
    # A picture of lines and letters has few colours: with a palette of 256 it is a quarter of the size.
    few = Image.open(png).quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(small, "png", optimize=True)
    replace_file(folder / f"{name}.png", small.getvalue())
    figure.patch.set_visible(False)  # report/chart.svg gives the file its ground; a page has its own
    with matplotlib.rc_context({"svg.hashsalt": chart.name}):
        figure.savefig(raw, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    body = cleaned(as_attributes(raw.getvalue()), name)
    words = {"name": name, "title": chart.title, "description": f"{chart.opening} {'; '.join(chart.texts)}."}
    file = TEMPLATES.get_template("chart.svg").render(words, size=figure.get_size_inches(), body=body)
    replace_file(folder / f"{name}.svg", file + "\n")
    parts = {"panels": panels_of(figure, body), "legends": figure.legends, "hint": chart.hint}
    parts["is_labelled"] = not all(legend.get_visible() for legend in figure.legends)
    drawing = TEMPLATES.get_template("panels.html").render(words | parts)
    note = MARK_NOTE if MARK in words["description"] else ""
    return chart._replace(name=name, caption=chart.caption + note, figure=None, svg=drawing)


def marked(digest: Digest) -> str:
    """The subject's name as the texts of a chart have it: marked where none of its runs counts."""
    return digest.subject if digest.counts else f"{digest.subject} {MARK}"


def grid(widths: Sequence[float], rows: int, height: float, **inches: float) -> tuple[Figure, Cells]:
    """Rows of axes of this height; widths are shares of what is left by the inches that are `_USUAL`."""
    wide, left, right, top, bottom, across, down = (_USUAL | inches).values()
    total = top + bottom + height * rows + down * (rows - 1)
    width = (wide - left - right - across * (len(widths) - 1)) / len(widths)
    figure = Figure(figsize=(wide, total), dpi=72)  # a pixel is a point
    figure.subplots_adjust(left / wide, bottom / total, 1 - right / wide, 1 - top / total)
    figure.subplots_adjust(wspace=across / width, hspace=down / height)
    return figure, figure.subplots(rows, len(widths), squeeze=False, width_ratios=widths).tolist()


def key(figure: Figure, handles: list[Artist], columns: int = 0) -> Legend:
    """A legend at the top edge, as far from the left as the axes; 0 columns: all side by side."""
    columns, place = columns or len(handles), (figure.subplotpars.left, 1 - 0.08 / figure.get_figheight())
    return figure.legend(handles=handles, ncol=columns, loc="upper left", bbox_to_anchor=place)


def panel_title(axes: Axes, strong: str, rest: str = "") -> None:
    """A bold name and quieter words after it, above the axes' left edge."""
    title = axes.set_title(strong)
    look = {"xycoords": title, "textcoords": "offset points", "va": "bottom", "color": MUTED, "size": 8.5}
    axes.annotate(rest, (1, 0), (8 if strong else 0, 0), **look)


def set_axis(
    axis: Axis, values: Floats, tick: Tick = round_duration_text, log: bool | None = None, unit: str = ""
) -> None:
    """With all values in view: from zero, or logarithmic, by default where a linear axis would squeeze the
    least. `unit`: what the page's script writes values of it in: us, n, MiB, KiB, x or percentile."""
    values = [value for value in values if value > 0] or [1]
    low, high, box = min(values), max(values), axis.axes.bbox
    most = box.width // 32 if axis.axis_name == "x" else box.height // 18  # ticks there is room for
    log, edge = spans_far(values) if log is None else log, max(1.12, (high / low) ** 0.05)
    low, high = (low / edge, high * edge) if log else (0, high * 1.05)
    axis.set_gid(unit)
    axes, name, scale = axis.axes, axis.axis_name, "log" if log else "linear"
    axes.set(**{f"{name}scale": scale, f"{name}lim": (low, high)})
    axes.minorticks_off()
    locator = MaxNLocator(5, steps=(1, 2, 5, 10), integer=unit == "n")
    if log:  # the finest steps that there is room for
        places = {steps: LogLocator(subs=steps).tick_values(low, high) for steps in _STEPS}
        counts = {steps: sum(low <= place <= high for place in some) for steps, some in places.items()}
        locator = LogLocator(subs=next((steps for steps, count in counts.items() if 1 < count <= most), (1,)))
    axis.set_major_locator(locator)
    axis.set_major_formatter(lambda value, _: tick(value) if value else "0")


def spans_far(values: Sequence[float]) -> bool:
    """Whether a linear axis would squeeze the least of these that is not zero to nothing."""
    return max(values, default=0) > 8 * min(filter(None, values), default=inf)
