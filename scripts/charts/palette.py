"""The colours of all charts and which variant or class gets which. A chart is drawn once, in light colours;
each is another number, by which style rules give the SVG its dark form (report/dark.css). They can be read as
text, and the colour-blind can tell them apart (tests see to both); dashes and markers say it again."""

import re
from collections.abc import Iterable
from itertools import cycle
from typing import NamedTuple

SURFACE = "#ffffff"
TEXT = "#1f2328"
MUTED = "#5f6873"
GRID = "#e4e7eb"
FAILED = "#c4122f"

# Each as light: dark.
_OWN = {
    "sequential": ("#d73803", "#e5884d"),
    "pool": ("#8a7234", "#d9b23c"),
    "pool-keep": ("#647b06", "#cee566"),
    "thread-per-request": ("#1477c8", "#4cabf8"),
    "fiber": ("#b5435b", "#f394a6"),
    "async": ("#066542", "#43b08f"),
    "async-N": ("#a43a81", "#cd8eba"),
    "async-uring": ("#2651bd", "#a7beff"),
}
_OTHERS = {
    "#517f6f": "#78d5e8",
    "#6a4ba5": "#ab8acc",
    "#365f24": "#a5d46d",
    "#4e3425": "#ffcba0",
    "#42434b": "#d3edfa",
}
_WAITING = {"#5650a8": "#857edb", "#23908c": "#5fd0cb"}
_PROMPT = {"#e08a1e": "#e89f42", "#8f8b2d": "#cfca62"}
_PLAIN = {SURFACE: "#14171b", TEXT: "#e7eaee", MUTED: "#9aa4b0", GRID: "#2b3138", FAILED: "#ff6b76"}
DARK_OF = _PLAIN | dict(_OWN.values()) | _OTHERS | _WAITING | _PROMPT

Dashes = str | tuple[int, tuple[float, ...]]
_DASHES: tuple[Dashes, ...] = ("-", (0, (5, 2)), (0, (1.2, 1.6)), (0, (6, 2, 1.2, 2)))
_MARKERS = "oDs^vPX*<>"


class Style(NamedTuple):
    colour: str
    dashes: Dashes = "-"
    marker: str = "o"
    series: str = ""  # whose it is


def subject_styles(subjects: Iterable[str]) -> dict[str, Style]:
    """A style per variant or client: the same in every chart, and for our servers in every recording."""
    names = list(subjects)
    colours = {name: _OWN[_family(name)][0] for name in names if _family(name) in _OWN}
    palette = [*_OTHERS, *(light for light, _ in _OWN.values())]
    others = [name for name in names if name not in colours]
    colours |= {name: palette[n % len(palette)] for n, name in enumerate(others)}
    dashes: dict[str, Dashes] = {}
    for name, colour in colours.items():
        taken = [dashes[other] for other in dashes if colours[other] == colour]
        # async-N often lies on the line of async: dashes let both be seen.
        wanted = _DASHES[1:] + _DASHES[:1] if _family(name) == "async-N" else _DASHES
        dashes[name] = next((d for d in wanted if d not in taken), wanted[0])
    return {n: Style(colours[n], dashes[n], marker, n) for n, marker in zip(names, cycle(_MARKERS))}


def class_colours(classes: Iterable[tuple[str, bool]]) -> dict[str, str]:
    """A colour per class of request, from (name, whether it waits): dark where it waits, else bright."""
    colours: dict[str, str] = {}
    for name, waits in classes:
        choice = [*_WAITING, *_PROMPT] if waits else [*_PROMPT, *_WAITING]
        colours[name] = next((colour for colour in choice if colour not in colours.values()), choice[0])
    return colours


def _family(name: str) -> str:
    """Whoever is the same but for a limit, or offloading, has its colour, and other dashes."""
    name = re.sub(r"^async-\d+$", "async-N", re.sub(r"-(limited|offload)$", "", name))
    return re.sub(r"^(pool|pool-keep)-\d+$", r"\1", name)
