"""A recording's charts, in the page's order: each function yields what it draws of it; and those of two."""

import re
from collections.abc import Iterator
from os.path import commonprefix
from pathlib import Path

from charts import curves, rows, runs, timeline
from charts.canvas import Chart, captioned, look, save
from charts.figures import panels_figure
from charts.palette import subject_styles
from metrics.curves import single_digests
from metrics.digest import Digest, digests
from recordings.recording import Recording

OF_THE_RECORDING = (timeline.draw_glance, curves.draw, runs.draw_recovery, rows.draw_cold, rows.draw_ratios)
OF_SINGLE_WORKLOADS = (timeline.draw, rows.draw, runs.draw_percentiles, runs.draw)

OVERLAID = (
    ("curves", curves.main_panels, "The main curve"),
    ("percentiles", runs.tail_panels, "Percentiles of latency"),
)


def draw_all(recording: Recording, groups: list[Digest], folder: Path) -> list[Chart]:
    """Draws every chart that the recording has data for, and saves it."""
    # A timeline of each of a curve's points would bury the page.
    single = single_digests(recording, groups)
    parts = [(draw, groups) for draw in OF_THE_RECORDING] + [(draw, single) for draw in OF_SINGLE_WORKLOADS]
    with look():
        return [save(chart, folder) for draw, some in parts for chart in draw(recording, some)]


def overlays(first: Recording, second: Recording, names: tuple[str, str]) -> Iterator[Chart]:
    """Two recordings in one picture: the first solid, the second dashed, of whatever both have."""
    # Without the suite and the day, as far as both begin with the same.
    shared = re.match(r"(.*(-|(?<=\d)T))?", commonprefix(names))[0]
    sides = [name.removeprefix(shared) for name in names]
    subjects, styles = subject_styles(dict.fromkeys([*first.subjects, *second.subjects])), {}
    for side, dashes in zip(sides, ("-", (0, (2.5, 1.5)))):
        lines = {f"{subject}, {side}": style._replace(dashes=dashes) for subject, style in subjects.items()}
        styles |= {name: style._replace(series=name) for name, style in lines.items()}
    both = [(recording, digests(recording)) for recording in (first, second)]
    for kind, make, title in OVERLAID:
        one, other = ({(panel.title, panel.rest): panel for panel in make(*each)} for each in both)
        panels = []
        for at in (at for at in one if at in other):
            pair = zip(sides, (one[at], other[at]))
            lines = {f"{who}, {side}": line for side, panel in pair for who, line in panel.lines.items()}
            panels.append(one[at]._replace(lines=lines, text=" ".join(at)))
        if panels:
            figure = panels_figure(styles, panels, height=2.4)
            words = {"name": kind, "title": title, "first": names[0], "second": names[1]}
            yield captioned("overlaid", figure, [panel.text for panel in panels], **words)
