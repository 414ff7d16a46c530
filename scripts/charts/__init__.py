"""A recording's charts, one file each. To add one, write a file with `draw(recording, digests)`, which yields
what it draws, and name it here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from charts import curves, over_time, percentiles, ratios, repetitions, timeline
from charts.canvas import Chart, look, save
from metrics.curves import single_digests
from metrics.digest import Digest
from recordings.recording import Recording

OF_THE_RECORDING = (curves, ratios)
OF_SINGLE_WORKLOADS = (timeline, repetitions, percentiles, over_time)


def draw_all(recording: Recording, digests: list[Digest], folder: Path) -> list[Chart]:
    """Draws and saves every chart; the order is that of the page."""
    with look():
        return [save(chart, folder) for chart in _charts(recording, digests)]


def _charts(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    for chart in OF_THE_RECORDING:
        yield from chart.draw(recording, digests)
    # A timeline of each of a curve's points would bury the page.
    single = single_digests(recording, digests)
    for chart in OF_SINGLE_WORKLOADS:
        yield from chart.draw(recording, single)
