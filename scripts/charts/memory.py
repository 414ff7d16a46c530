"""Memory against threads: a point per subject, of single workloads."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.figure import Figure

from charts.canvas import Chart, marked
from charts.palette import subject_styles
from metrics.digest import Digest
from metrics.metrics import METRICS
from recordings.recording import Recording


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    points = [(d, d["threads"].median, d["memory"].median) for d in digests if d["threads"] and d["memory"]]
    if points:
        figure = Figure(figsize=(8.6, 3))
        axes = figure.add_axes((0.1, 0.2, 0.85, 0.7))
        styles = subject_styles(recording.subjects)
        for digest, threads, memory in points:
            style = styles[digest.subject]
            axes.plot(threads, memory / 1024, style.marker, color=style.colour)
        axes.set_xlabel("threads at the peak")
        texts = [f"{d.workload} {marked(d)}: {METRICS['memory'].text(kib)}" for d, _, kib in points]
        yield Chart("memory", "Memory against threads", "MiB at the peak.", "Peaks.", texts, figure)
