"""Two recordings in one picture: the first solid, the second dashed, of whatever both have."""

import re
from collections.abc import Iterator
from os.path import commonprefix

from charts.canvas import Chart, captioned
from charts.curves import main_panels
from charts.figures import panels_figure
from charts.palette import subject_styles
from charts.percentiles import tail_panels
from metrics.digest import digests
from recordings.recording import Recording

_KINDS = (
    ("curves", main_panels, "The main curve", 2.4),
    ("percentiles", tail_panels, "Percentiles of latency", 2.1),
)


def overlays(first: Recording, second: Recording, names: tuple[str, str]) -> Iterator[Chart]:
    """Of their curves, and of their latencies' percentiles."""
    # Without the suite and the day, as far as both begin with the same.
    shared = re.match(r"(.*(-|(?<=\d)T))?", commonprefix(names))[0]
    sides = [name.removeprefix(shared) for name in names]
    subjects, styles = subject_styles(dict.fromkeys([*first.subjects, *second.subjects])), {}
    for side, dashes in zip(sides, ("-", (0, (2.5, 1.5)))):
        lines = {f"{subject}, {side}": style._replace(dashes=dashes) for subject, style in subjects.items()}
        styles |= {name: style._replace(series=name) for name, style in lines.items()}
    both = [(recording, digests(recording)) for recording in (first, second)]
    for kind, make, title, height in _KINDS:
        one, other = ({(panel.title, panel.rest): panel for panel in make(*each)} for each in both)
        panels = []
        for at in (at for at in one if at in other):
            pair = zip(sides, (one[at], other[at]))
            lines = {f"{who}, {side}": line for side, panel in pair for who, line in panel.lines.items()}
            panels.append(one[at]._replace(lines=lines, text=" ".join(at)))
        if panels:
            figure = panels_figure(styles, panels, height=height)
            words = {"name": kind, "title": title, "first": names[0], "second": names[1]}
            yield captioned("overlaid", figure, [panel.text for panel in panels], **words)
