"""What matplotlib draws, made fit for the page: tags that tell its script what is what, a smaller SVG, its
axes cut out as drawings of their own, side by side where there is room and below each other on a phone.
Figures are taken to have a point for each pixel."""

import re
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

_GROUP = re.compile(r'^  <g[^>\n]* data-panel="(\d+)".*?^  </g>$', re.MULTILINE | re.DOTALL)
# Closed, or back where it began.
_AREA = re.compile(r"M ([-\d.]+ [-\d.]+)((?: L [-\d.]+ [-\d.]+)+?)(?: z| L \1(?: z|(?= M|$)))")
_MARGIN = 2.0  # points around what is cut out


def gid(**data: Any) -> str:
    """What becomes attributes `data-...` of an artist's element: matplotlib writes this as its id. `series`:
    whose it is, a name of the legend; `note`: what a point is, in words."""
    return "@" + "|".join(f"{key}={str(value).replace('|', '/')}" for key, value in data.items())


def as_attributes(svg: str) -> str:
    """The drawing with its tags as attributes; matplotlib has escaped them."""
    pair = re.compile(r"(\w+)=([^|]*)\|?")
    return re.sub(' id="@([^"]*)"', lambda tags: pair.sub(r' data-\1="\2"', tags[1]), svg)


def tag_panels(figure: Figure) -> None:
    """Before it is drawn: each of the axes gets its number, its place and how that reads: its scales, as
    `log 1 100 us`, of which the last, what is counted, is the axis' gid."""
    for number, axes in enumerate(_visible(figure)):
        for line in axes.lines:  # one without a point would be taken to lie at the figure's corner
            line.set_in_layout(len(line.get_xdata()) > 0)
        box, scales = axes.bbox, {}
        for axis in (axes.xaxis, axes.yaxis):
            low, high = axis.get_view_interval()
            scale = f"{axis.get_scale()} {low:.8g} {high:.8g} {axis.get_gid() or ''}"
            scales[axis.axis_name] = scale.strip()
        place = (box.x0, figure.bbox.height - box.y1, box.width, box.height)
        tags = gid(panel=number, box=" ".join(f"{value:.2f}" for value in place), **scales)
        axes.set_gid(f"{axes.get_gid()}|{tags[1:]}" if axes.get_gid() else tags)


def _visible(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_visible()]


def cleaned(raw: str, name: str) -> str:
    """The `<svg>` element that matplotlib drew, smaller, and fit to stand in a page beside others: by text
    substitution, on output that tests pin. `name`, unique in the page, goes before every id: matplotlib's
    are the same in every file."""
    unwanted = r"^.*?(?=<svg)|<metadata>.*?</metadata>|<!--.*?-->|<defs>\s*<style.*?</style>\s*</defs>"
    body = re.sub(unwanted, "", raw, flags=re.S)
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
    text = _AREA.sub(_by_its_sides, text)
    return text if re.search("[CQ]", text) else text.replace(" L ", " ")


def _by_its_sides(area: re.Match[str]) -> str:
    """Along one axis with one number, and as far as it goes: `M1 2H3V4H1z`."""
    corners = [corner.split(" ") for corner in (area[1] + area[2]).split(" L ")]
    sides = [
        f"H{x}" if y == before_y else f"V{y}" if x == before_x else f"L{x} {y}"
        for (before_x, before_y), (x, y) in pairwise(corners)
    ]
    return re.sub(r"(H[-\d.]+)+(?=H)|(V[-\d.]+)+(?=V)", "", f"M{area[1]}{''.join(sides)}z")


def panels_of(figure: Figure, drawn: str) -> list[dict[str, Any]]:
    """`drawn` is the SVG that matplotlib drew of the figure after `tag_panels`, with tags as attributes. The
    `view_box` of each is what is cut out, in the figure's points, around all with the same margins, so that
    they line up; its natural `width` is in CSS pixels."""
    groups = {int(match[1]): re.sub(r">\s+<", "><", match[0]) for match in _GROUP.finditer(drawn)}
    *_, rest = drawn.rpartition("\n <defs>")
    clips = f"<defs>{rest.partition('</defs>')[0]}</defs>" if "clipPath" in rest else ""
    boxes = [(axes.bbox, axes.get_tightbbox()) for axes in _visible(figure)]
    left, right = (_MARGIN + max(sides) for sides in zip(*((i.x0 - o.x0, o.x1 - i.x1) for i, o in boxes)))
    below, above = (_MARGIN + max(ends) for ends in zip(*((i.y0 - o.y0, o.y1 - i.y1) for i, o in boxes)))
    panels = []
    for number, axes in enumerate(_visible(figure)):
        words = [axes.get_title(loc="left"), *(text.get_text() for text in axes.texts[:1])]
        title = " ".join(filter(None, words)) if words[0] else ""
        box, width = axes.bbox, axes.bbox.width + left + right
        cut = (box.x0 - left, figure.bbox.height - box.y1 - above, width, box.height + above + below)
        view_box = " ".join(f"{value:.1f}" for value in cut)
        body = groups[number] + ("" if number else clips)
        panels.append({"title": title, "view_box": view_box, "width": width * 4 / 3, "body": body})
    return panels
