"""What every chart is drawn on: a grid sized in inches, titles, keys, time axes; and how it is saved. Figures
are plain matplotlib Figures (no pyplot, no global state); their look holds only inside `look()`."""

import io
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from math import log10
from pathlib import Path
from typing import NamedTuple

import jinja2
import matplotlib
from markupsafe import Markup
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.textpath import TextPath
from matplotlib.ticker import Locator, LogLocator, MaxNLocator
from PIL import Image

from charts.palette import DARK_OF, MUTED, SURFACE
from charts.svg import as_attributes, cleaned, panels_of, swatches_of, tag_panels
from cli.files import ROOT, replace_file
from metrics.digest import Digest
from metrics.soundness import MARK
from text.units import as_html, round_duration_text

_CAPTIONS = tomllib.loads(Path(__file__).with_name("captions.toml").read_text(encoding="utf-8"))
Tick = Callable[[float], str]  # how a value reads at an axis
WIDTH = 8.6
MARK_NOTE = f" {MARK} marks what no run that counts stands behind."
# Of the page as well.
_LOADER = jinja2.FileSystemLoader(ROOT / "report")
TEMPLATES = jinja2.Environment(
    loader=_LOADER, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
)
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
    png, small, raw = io.BytesIO(), io.BytesIO(), io.StringIO()
    tag_panels(chart.figure)
    chart.figure.savefig(png, format="png", dpi=150, metadata={"Software": None})
    # A picture of lines and letters has few colours: with a palette of 256 it is a quarter of the size.
    few = Image.open(png).quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(small, "png", optimize=True)
    chart.figure.patch.set_visible(False)  # report/chart.svg gives the file its ground; a page has its own
    with matplotlib.rc_context({"svg.hashsalt": chart.name}):
        chart.figure.savefig(raw, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    # The name becomes an id and a file; a workload's name in it may hold anything.
    name = re.sub(r"[^\w.-]+", "-", chart.name)
    words = {"name": name, "title": chart.title, "description": f"{chart.opening} {'; '.join(chart.texts)}."}
    replace_file(folder / f"{name}.png", small.getvalue())
    replace_file(folder / f"{name}.svg", file_of(raw.getvalue(), words) + "\n")
    panels = panels_of(chart.figure, cleaned(as_attributes(raw.getvalue()), name))
    words |= {"panels": panels, "swatches": swatches_of(chart.figure), "hint": chart.hint}
    words["is_labelled"] = not all(legend.get_visible() for legend in chart.figure.legends)
    drawing = TEMPLATES.get_template("panels.html").render(words)
    note = MARK_NOTE if MARK in words["description"] else ""
    return chart._replace(name=name, caption=chart.caption + note, figure=None, svg=drawing)


def file_of(raw: str, words: dict[str, str]) -> str:
    """The drawing as a file with a size, a ground, its dark colours, and words for who cannot see it."""
    body = cleaned(raw, words["name"])
    [view_box] = re.findall(r'<svg[^>]*? viewBox="([^"]*)"', body)
    size = [f"{float(points) * 4 / 3:g}" for points in view_box.split()[2:]]
    body = body.partition(">")[2].strip()
    return TEMPLATES.get_template("chart.svg").render(words, view_box=view_box, size=size, body=body)


def marked(digest: Digest) -> str:
    """The subject's name as the texts of a chart have it: marked where none of its runs counts."""
    return digest.subject if digest.counts else f"{digest.subject} {MARK}"


def grid(
    widths: Sequence[float],
    rows: int,
    height: float,
    *,
    left: float,
    top: float,
    right: float = 0.15,
    bottom: float = 0.35,
    gaps: tuple[float, float] = (0.7, 0.62),
    wide: float = WIDTH,
) -> tuple[Figure, list[list[Axes]]]:
    """A figure `wide` inches with rows of axes; widths are shares, all else inches; gaps: across, down."""
    across, down = gaps
    total = top + bottom + height * rows + down * (rows - 1)
    width = (wide - left - right - across * (len(widths) - 1)) / len(widths)
    figure = Figure(figsize=(wide, total))
    figure.subplots_adjust(left / wide, bottom / total, 1 - right / wide, 1 - top / total)
    figure.subplots_adjust(wspace=across / width, hspace=down / height)
    return figure, figure.subplots(rows, len(widths), squeeze=False, width_ratios=widths).tolist()


def key(
    figure: Figure, handles: list[Artist], *, left: float, columns: int = 0, handlelength: float
) -> Legend:
    """A legend at the top edge, beginning `left` inches from the left; 0 columns: all side by side."""
    wide, high = figure.get_size_inches()
    place = {"loc": "upper left", "bbox_to_anchor": (left / wide, 1 - 0.08 / high)}
    return figure.legend(handles=handles, ncol=columns or len(handles), handlelength=handlelength, **place)


def panel_title(axes: Axes, strong: str, rest: str = "") -> None:
    """A bold name and quieter words after it, above the axes' left edge."""
    axes.set_title(strong)
    # The fonts of a web page are narrower than the one measured here, so the two never touch.
    shift = TextPath((0, 0), strong, size=9, prop=FontProperties(weight="bold")).get_extents().width + 8
    axes.annotate(rest, (0, 1), (shift, 5), "axes fraction", "offset points", color=MUTED, size=8.5)


def set_axis(
    axis: Axis, low: float, high: float, locator: Locator, tick: Tick, *, log: bool, unit: str = ""
) -> None:
    """`unit`: what the page's script writes values of it in: us, n, MiB, KiB, x or percentile."""
    name = axis.axis_name
    axis.set_gid(unit)
    axis.axes.set(**{f"{name}scale": "log" if log else "linear", f"{name}lim": (low, high)})
    axis.axes.minorticks_off()
    axis.set_major_locator(locator)
    axis.set_major_formatter(lambda value, _: tick(value))


def time_axis(axis: Axis, low: float, high: float, *, log: bool, ticks: int = 6) -> None:
    """An axis of microseconds from `low` (or zero, if it is linear) to `high`, with durations as ticks: about
    so many, or, if it is logarithmic, those at 1, 2 and 5 of each decade where there is room for them."""
    low, high = (low / 1.3, high * 1.3) if log else (0, high * 1.04)
    locator: Locator = MaxNLocator(ticks, steps=(1, 2, 5, 10))
    if log:
        few_decades = 2.5 * log10(high / low) < ticks
        locator = LogLocator(10, subs=(1, 2, 5) if few_decades else (1,), numticks=12)
    set_axis(axis, low, high, locator, round_duration_text, log=log, unit="us")


def spans_far(values: Sequence[float]) -> bool:
    """Whether a linear axis would squeeze the least of these to nothing."""
    positive = [value for value in values if value > 0]
    return bool(positive) and max(positive) > 8 * min(positive)
