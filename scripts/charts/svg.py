"""What matplotlib draws, made fit for the page: tags that tell its script what is what, a smaller SVG, its
axes cut out as drawings of their own, side by side where there is room and below each other on a phone; and
the legend's entries, for a legend in HTML."""

import re
from typing import Any, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

_GROUP = re.compile(r'^  <g[^>\n]* data-panel="(\d+)".*?^  </g>$', re.MULTILINE | re.DOTALL)
_HANDLES = "legend_handles" if hasattr(Legend, "legend_handles") else "legendHandles"  # before 3.7
_MARGIN = 2.0  # points around what is cut out


class Swatch(NamedTuple):
    """An entry of the legend: a line (dashes), a mark or an area of a colour, and whose they are."""

    name: str
    kind: str
    colour: str
    dashes: str = ""


def gid(**data: Any) -> str:
    """What becomes attributes `data-...` of an artist's element: matplotlib writes this as its id. `series`:
    whose it is, a name of the legend; `note`: what a point is, in words."""
    return "@" + "|".join(f"{key}={str(value).replace('|', '/')}" for key, value in data.items())


def tag(artist: Artist, **data: Any) -> None:
    """Adds to what the artist tells already."""
    before, new = artist.get_gid(), gid(**data)
    artist.set_gid(f"{before}|{new[1:]}" if before else new)


def as_attributes(svg: str) -> str:
    """The drawing with its tags as attributes; matplotlib has escaped them."""
    pair = re.compile(r"(\w+)=([^|]*)\|?")
    return re.sub(' id="@([^"]*)"', lambda tags: pair.sub(r' data-\1="\2"', tags[1]), svg)


def tag_panels(figure: Figure) -> None:
    """Before it is drawn: each of the axes gets its number, its place and how that reads: its scales, as
    `log 1 100 us`, of which the last, what is counted, is the axis' gid."""
    width, height = (72 * inches for inches in figure.get_size_inches())
    for number, axes in enumerate(_visible(figure)):
        box = axes.get_position()
        place = (box.x0 * width, (1 - box.y1) * height, box.width * width, box.height * height)
        for line in axes.lines:  # one without a point would be taken to lie at the figure's corner
            line.set_in_layout(len(line.get_xdata()) > 0)
        tag(axes, panel=number, box=" ".join(f"{value:.2f}" for value in place))
        for axis in (axes.xaxis, axes.yaxis):
            low, high = axis.get_view_interval()
            scale = f"{axis.get_scale()} {low:.8g} {high:.8g} {axis.get_gid() or ''}"
            tag(axes, **{axis.axis_name: scale.strip()})


def _visible(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_visible()]


def cleaned(raw: str, name: str) -> str:
    """The `<svg>` element that matplotlib drew, smaller, and fit to stand in a page beside others.

    matplotlib writes ids that are the same in every file, and a style rule for every element of the page that
    has it. Each is put right by text substitution, on output that tests pin. `name` goes before every id, so
    it must be unique in the page.
    """
    body = "<svg" + raw.partition("<svg")[2]
    unwanted = r"<metadata>.*?</metadata>|<!--.*?-->|<defs>\s*<style.*?</style>\s*</defs>"
    body = re.sub(unwanted, "", body, flags=re.S)
    used = dict.fromkeys(re.findall(r'(?:xlink:href="#|url\(#)([^")]+)', body))
    ids = {long: f"{name}-{number}" for number, long in enumerate(used)}
    body = re.sub(r' id="([^"]*)"', lambda m: f' id="{ids[m[1]]}"' if m[1] in ids else "", body)
    body = re.sub(r'(xlink:href="#|url\(#)([^")]+)', lambda m: m[1] + ids[m[2]], body)
    body = body.replace("xlink:href=", "href=")
    body = re.sub(r' (d|points)="([^"]*)"', lambda m: f' {m[1]}="{_shorter(m[2])}"', body)
    body = re.sub(r' (x|y)="(-?\d+\.\d\d)\d+"', r' \1="\2"', body)
    # A group for each mark is most of what a picture of many marks takes.
    mark = r'<g((?: data-\w+="[^"]*")+)>\s*<g[^>]*>\s*<use ([^>]*/>)\s*</g>\s*</g>'
    body = re.sub(mark, r"<use\1 \2", body)
    body = re.sub(r"<g>\s*(<(?:path|use) [^>]*/>|<text [^>]*>[^<]*</text>)\s*</g>", r"\1", body)
    body = re.sub(r' transform="rotate\(-0 [^"]*\)"', "", body)
    body = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", body)
    body = re.sub(r"font: (\w+) ([\d.]+px) [^;\"]*", r"font-weight: \1; font-size: \2", body)
    return re.sub(r' style="[^"]*"', lambda m: m[0].replace("; ", ";"), body)


def _shorter(numbers: str) -> str:
    """The same path to a hundredth of a point: areas by their sides, lines without their letter."""
    text = re.sub(r"(\.\d\d)\d+", r"\1", re.sub(r"\s+", " ", numbers.strip()))
    text = re.sub(r"M ([-\d.]+ [-\d.]+(?: L [-\d.]+ [-\d.]+)+) z", _by_its_sides, text)
    return text if re.search("[CQ]", text) else text.replace(" L ", " ")


def _by_its_sides(area: re.Match[str]) -> str:
    """Along one axis with one number, and as far as it goes: `M1 2H3V4H1z`."""
    first, *corners = (corner.split(" ") for corner in area[1].split(" L "))
    sides, (x, y) = [f"M{' '.join(first)}"], first
    for to_x, to_y in corners:
        side = f"L{to_x} {to_y}" if to_x != x and to_y != y else f"H{to_x}" if to_y == y else f"V{to_y}"
        if side[0] == sides[-1][0] != "L":
            sides.pop()  # it goes on in the same direction
        sides.append(side)
        x, y = to_x, to_y
    if [x, y] == first:
        sides.pop()
    return "".join(sides) + "z"


def panels_of(figure: Figure, drawn: str) -> list[dict[str, Any]]:
    """`drawn` is the SVG that matplotlib drew of the figure after `tag_panels`, with tags as attributes. The
    `view_box` of each is what is cut out, in the figure's points; its natural `width` is in CSS pixels."""
    groups = {int(match[1]): re.sub(r">\s+<", "><", match[0]) for match in _GROUP.finditer(drawn)}
    *_, rest = drawn.rpartition("\n <defs>")
    clips = f"<defs>{rest.partition('</defs>')[0]}</defs>" if "clipPath" in rest else ""
    panels = []
    for number, (axes, box) in enumerate(zip(_visible(figure), _boxes(figure))):
        words = [axes.get_title(loc="left"), *(text.get_text() for text in axes.texts[:1])]
        title = " ".join(filter(None, words)) if words[0] else ""
        body = groups[number] + ("" if number else clips)
        view_box = " ".join(f"{value:.1f}" for value in box)
        panels.append({"title": title, "view_box": view_box, "width": box[2] * 4 / 3, "body": body})
    return panels


def _boxes(figure: Figure) -> list[tuple[float, float, float, float]]:
    """What is to be cut out for each of the axes. All have the same margins at the sides, and those that are
    in a row have them above and below, so that they line up."""
    renderer, points, boxes = FigureCanvasAgg(figure).get_renderer(), 72 / figure.dpi, []
    extents = [(a.get_window_extent(renderer), a.get_tightbbox(renderer)) for a in _visible(figure)]
    left, right = max(i.x0 - o.x0 for i, o in extents), max(o.x1 - i.x1 for i, o in extents)
    for each, _ in extents:
        row = [(i, o) for i, o in extents if abs(i.y0 - each.y0) < 1]
        above, below = max(o.y1 - i.y1 for i, o in row), max(i.y0 - o.y0 for i, o in row)
        x, y = points * (each.x0 - left), points * (figure.bbox.height - each.y1 - above)
        width, height = points * (each.width + left + right), points * (each.height + above + below)
        boxes.append((x - _MARGIN, y - _MARGIN, width + 2 * _MARGIN, height + 2 * _MARGIN))
    return boxes


def swatches_of(figure: Figure) -> list[Swatch]:
    legends = [(getattr(legend, _HANDLES), legend.get_texts()) for legend in figure.legends]
    return [_swatch(h, text.get_text()) for handles, texts in legends for h, text in zip(handles, texts)]


def _swatch(handle: Line2D | Patch, name: str) -> Swatch:
    if isinstance(handle, Patch):
        return Swatch(name, "area", to_hex(handle.get_facecolor()))
    colour = to_hex(handle.get_color())
    if handle.get_linestyle() in ("None", "", " "):
        return Swatch(name, {"x": "cross", "|": "tick"}.get(handle.get_marker(), "dot"), colour)
    # Of the line as it was given: matplotlib has scaled it by the width.
    dashes = handle._unscaled_dash_pattern[1] if handle.is_dashed() else ()
    return Swatch(name, "line", colour, " ".join(f"{2 * dash:g}" for dash in dashes or ()))
