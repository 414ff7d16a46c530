"""Two recordings in one picture: whose lines are solid, whose dashed, and what only one of them has."""

from __future__ import annotations

from copy import copy

import pytest

from chart_reading import COLOURS, Made, lines, small_recording, visible
from charts import overlays
from charts.canvas import look
from recordings.recording import Recording
from matplotlib.colors import to_hex

NAMES = ("hundred-2024-03-01T1200", "hundred-2024-03-01T1345")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return small_recording(tmp_path_factory.mktemp("overlay") / "r")


def along(recording: Recording, *workloads: str) -> Recording:
    """With these of its workloads as points of a curve."""
    changed = copy(recording)
    entries = [
        entry | {"curve": {"name": "c", "axis": "connections", "at": 10**n}, "requests": None}
        for n, entry in enumerate(recording.run["workloads"])
        if entry["name"] in workloads
    ]
    changed.run = recording.run | {"workloads": entries}
    changed.summary = [row for row in recording.summary if row.workload in workloads]
    return changed


def test_what_both_have_is_drawn_once_with_the_first_solid_and_the_second_dashed(made: Made):
    first, second = along(made[0], "all-long", "mixed"), along(made[0], "mixed", "all-short")
    with look():
        curves, percentiles = overlays(first, second, NAMES)
    assert curves.caption == percentiles.caption == f"Solid is {NAMES[0]}, dashed {NAMES[1]}."
    assert (curves.title, curves.texts) == (
        "The main curve, one over the other",
        ["throughput requests/s in c"],
    )
    # Of what only one of them has there is no panel.
    assert percentiles.texts == ["long requests of mixed", "short requests of mixed"]
    assert percentiles.title == "Percentiles of latency, one over the other"
    [axes] = visible(curves)
    places = {}
    for line in lines(axes, points=2):
        if "," in line.get_label():
            places[line.get_label()] = (
                to_hex(line.get_color()),
                line.get_linestyle(),
                list(line.get_xdata()),
            )
    assert places == {
        "sequential, 1200": (COLOURS["sequential"], "-", [1, 10]),
        "async, 1200": (COLOURS["async"], "-", [1, 10]),
        "sequential, 1345": (COLOURS["sequential"], "--", [10, 100]),
        "async, 1345": (COLOURS["async"], "--", [10, 100]),
    }


def test_where_nothing_is_in_both_nothing_is_drawn(made: Made):
    assert list(overlays(along(made[0], "all-long"), along(made[0], "all-short"), NAMES)) == []
    with look():
        [only] = overlays(along(made[0], "mixed"), along(made[0], "mixed"), ("mine", "yours"))
    assert only.name == "overlaid-percentiles"
    assert "sequential, mine" in {line.get_label() for line in only.figure.axes[0].lines}
