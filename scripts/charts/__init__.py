"""A recording's charts, one file each: curves, timeline, makespan, percentiles, completions, resources.

`draw_all` draws those the recording has data for and saves each as PNG and SVG. What a chart shows is decided
in its own file; colours are in palette.py, the look and the saving in canvas.py, SVG for web pages in svg.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from charts import completions, curves as curve_charts, makespan, percentiles, ratios, resources, timeline
from charts.canvas import Chart, SavedChart, look, save
from metrics.curves import single_digests, curves_of, single_workloads
from metrics.digest import Digest
from metrics.ratios import against_reference
from recordings.recording import Recording


def draw_all(recording: Recording, digests: list[Digest], folder: Path) -> list[SavedChart]:
    """Draws and saves every chart; the order is that of the page."""
    with look():
        return [save(chart, folder) for chart in _charts(recording, digests) if chart is not None]


def _charts(recording: Recording, digests: list[Digest]) -> Iterator[Chart | None]:
    for curve in curves_of(recording, digests):
        yield curve_charts.draw(recording, curve)
    told = [a for a in against_reference(recording) if a.cpu and a.cpu.is_told]
    yield ratios.draw(recording, told)
    # A timeline of each of a curve's points would bury the page.
    single = single_workloads(recording)
    digests = single_digests(recording, digests)
    for workload in single:
        yield timeline.draw(recording, digests, workload)
    yield makespan.draw(recording, digests)
    yield percentiles.draw(recording, digests)
    yield completions.draw(recording, digests)
    for workload in single:
        yield resources.draw(recording, digests, workload)
