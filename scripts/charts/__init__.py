"""A recording's charts, named here in the page's order: each yields what it draws of a recording."""

from pathlib import Path

from charts import curves, glance, over_time, percentiles, ratios, rows, timeline
from charts.canvas import Chart, look, save
from metrics.curves import single_digests
from metrics.digest import Digest
from recordings.recording import Recording

OF_OVERLOAD = (curves.draw_overload, over_time.draw_recovery, curves.draw_fair)
OF_THE_RECORDING = (glance.draw, *OF_OVERLOAD, rows.draw_cold, curves.draw, ratios.draw)
OF_SINGLE_WORKLOADS = (timeline.draw, rows.draw, percentiles.draw, over_time.draw)


def draw_all(recording: Recording, digests: list[Digest], folder: Path) -> list[Chart]:
    """Draws every chart that the recording has data for, and saves it."""
    # A timeline of each of a curve's points would bury the page.
    single = single_digests(recording, digests)
    parts = [(draw, digests) for draw in OF_THE_RECORDING] + [(draw, single) for draw in OF_SINGLE_WORKLOADS]
    with look():
        return [save(chart, folder) for draw, some in parts for chart in draw(recording, some)]
