"""A recording's charts, a file each, named here: its `draw(recording, digests)` yields what it draws."""

from pathlib import Path

from charts import cold, curves, fair, glance, over_time, overload, percentiles, ratios, repetitions, timeline
from charts.canvas import Chart, look, save
from metrics.curves import single_digests
from metrics.digest import Digest
from recordings.recording import Recording

OF_THE_RECORDING = (glance, overload, fair, cold, curves, ratios)
OF_SINGLE_WORKLOADS = (timeline, repetitions, percentiles, over_time)


def draw_all(recording: Recording, digests: list[Digest], folder: Path) -> list[Chart]:
    """Draws every chart that the recording has data for, in the page's order, and saves it."""
    # A timeline of each of a curve's points would bury the page.
    single = single_digests(recording, digests)
    parts = [(chart, digests) for chart in OF_THE_RECORDING]
    parts += [(chart, single) for chart in OF_SINGLE_WORKLOADS]
    with look():
        return [save(drawn, folder) for chart, some in parts for drawn in chart.draw(recording, some)]
