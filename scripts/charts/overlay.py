"""Two recordings in one picture: the first solid, the second dashed, of whatever both have."""

import re
from collections.abc import Iterator
from os.path import commonprefix

from charts.canvas import Chart
from charts.curves import main_panels
from charts.figures import Panel, panels_figure
from charts.palette import Style, subject_styles
from charts.percentiles import tail_panels
from metrics.digest import digests
from recordings.recording import Recording

_SECOND_DASHES = (0, (2.5, 1.5))
_KINDS = (
    ("overlaid-curves", main_panels, "The main curve", 2.4),
    ("overlaid-percentiles", tail_panels, "Percentiles of latency", 2.1),
)


def overlays(first: Recording, second: Recording, names: tuple[str, str]) -> Iterator[Chart]:
    """Of their curves, and of their latencies' percentiles."""
    caption = f"Solid is {names[0]}, dashed {names[1]}."
    names = _short(names)
    styles = _styles(list(dict.fromkeys([*first.subjects, *second.subjects])), names)
    sides = [(side, digests(side)) for side in (first, second)]
    for name, make, title, height in _KINDS:
        both = [{(p.title, p.rest): p for p in make(*side)} for side in sides]
        panels = [_merged(panel, both[1][at], names) for at, panel in both[0].items() if at in both[1]]
        if panels:
            yield Chart(
                name=name,
                title=f"{title}, one over the other",
                caption=caption,
                opening="Both recordings.",
                texts=[f"{panel.title} {panel.rest}" for panel in panels],
                figure=panels_figure(
                    list(styles), panels, columns=2, height=height, bottom=0.5, styles=styles
                ),
            )


def _short(names: tuple[str, str]) -> tuple[str, str]:
    """Without the suite and the day, as far as both begin with the same."""
    shared = re.match(r"(.*(-|(?<=\d)T))?", commonprefix(names))[0]
    return tuple(name.removeprefix(shared) for name in names)


def _styles(subjects: list[str], names: tuple[str, str]) -> dict[str, Style]:
    plain = subject_styles(subjects)
    first = {f"{s}, {names[0]}": style._replace(dashes="-") for s, style in plain.items()}
    second = {f"{s}, {names[1]}": style._replace(dashes=_SECOND_DASHES) for s, style in plain.items()}
    return {name: style._replace(series=name) for name, style in (first | second).items()}


def _merged(first: Panel, second: Panel, names: tuple[str, str]) -> Panel:
    lines = {
        f"{who}, {name}": line for p, name in zip((first, second), names) for who, line in p.lines.items()
    }
    return first._replace(lines=lines)
