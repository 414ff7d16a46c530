"""Ratios as rows: what has a line beside its bar, what its axis holds, and from how many pairs on it is."""

from __future__ import annotations

from math import inf

import pytest
from matplotlib.axes import Axes

from chart_reading import lines, recording_of, texts
from charts.canvas import Chart, look
from charts.rows import differences_chart, draw_ratios
from metrics.comparing import Compared
from stats.comparison import Comparison, Interval, Outcome

NOT_SHOWN = Outcome.NOT_SHOWN


def row(
    ratio: float | None,
    pairs: tuple[float, ...] = (),
    interval: tuple[float, float] | None = (0.9, 1.25),
    outcome: Outcome = NOT_SHOWN,
    names: tuple[str, str] = ("async", "async"),
    metric: str = "throughput",
) -> Compared:
    limits = interval and Interval(*interval)
    made = Comparison((1.0, 1.0), (8, 8), ratio, pairs, interval=limits, outcome=outcome)
    return Compared(*names, "mixed", metric, ("", ""), made)


def drawn(*rows: Compared) -> list[Chart]:
    recording = recording_of(["async", "pool-8"], varies="variant")
    with look():
        return list(differences_chart(recording, list(rows)))


def axes_of(*rows: Compared) -> Axes:
    return drawn(*rows)[0].figure.axes[0]


def bars_and_lines(axes: Axes) -> tuple[list[float], list[list[float]]]:
    upright, *two = lines(axes, "None", points=2)
    assert list(upright.get_xdata()) == [1, 1], "where both are equal"
    ends = [tuple(map(list, line.get_data())) for line in two]
    return [x[0] for x, y in ends if x[0] == x[1]], [x for x, y in ends if y[0] == y[1]]


def test_a_bar_is_at_the_estimate_and_a_line_along_its_interval():
    [chart] = drawn(row(1.1), row(None), row(0.5, metric="CPU per request", names=("async", "pool-8")))
    assert chart.texts == [
        "mixed, throughput, async: 1.10×, not shown to differ",
        "mixed, CPU per request, pool-8 beside async: 0.50×, not shown to differ",
    ]
    rate, cpu = chart.figure.axes
    assert bars_and_lines(rate) == ([1.1], [[0.9, 1.25]]) and bars_and_lines(cpu) == ([0.5], [[0.9, 1.25]])
    assert rate.get_xlim() == pytest.approx((0.9 / 1.12, 1.25 * 1.12))
    assert cpu.get_xlim() == pytest.approx((0.5 / 1.12, 1.25 * 1.12))
    assert {"more is better", "1.10×", "mixed"} <= {text.get_text() for text in rate.texts}
    assert {"less is better", "0.50×", "mixed: pool-8"} <= {text.get_text() for text in cpu.texts}
    notes = [line.get_gid() for line in lines(rate, points=2) if "note=" in (line.get_gid() or "")]
    assert notes == [f"@series=async|note={chart.texts[0]}"]
    assert chart.caption.startswith(
        "The second recording against the first; at 1 they are alike. The bar is "
    )
    assert drawn() == drawn(row(None)) == []


@pytest.mark.parametrize(
    ("interval", "outcome"), [(None, NOT_SHOWN), ((0.9, inf), NOT_SHOWN), ((0.9, 1.2), Outcome.TOO_FEW)]
)
def test_without_an_interval_a_bar_is_at_the_median_of_its_pairs(interval, outcome):
    axes = axes_of(row(1.1, (1.0, 1.3, 1.6), interval, outcome))
    assert bars_and_lines(axes) == ([1.3], []) and "1.30×" in texts(axes.figure)
    assert axes.get_xlim() == pytest.approx((1 / 1.12, 1.6 * 1.12))
    alone = axes_of(row(1.1, (), interval, outcome))
    assert bars_and_lines(alone) == ([1.1], []) and alone.get_xlim()[1] == pytest.approx(1.1 * 1.12)


def test_pairs_are_dots_and_their_axis_ends_with_them():
    axes = axes_of(row(1.1, (0.8, 1.3), (0.5, 3.0)))
    [dots] = lines(axes, "o")
    assert list(dots.get_xdata()) == [0.8, 1.3]
    assert bars_and_lines(axes) == ([1.1], [[0.5, 3.0]])
    assert axes.get_xlim() == pytest.approx((0.8 / 1.12, 1.3 * 1.12))


@pytest.mark.parametrize(
    ("pairs", "tick", "is_there"),
    [
        ((0.8, 4.4), 1.2, True),
        ((0.8, 4.6), 1.2, False),
        ((0.25, 8.0), 0.7, True),
        ((0.25, 12.0), 0.7, False),
    ],
)
def test_an_axis_has_fewer_ticks_the_farther_ratios_lie_apart(pairs, tick, is_there):
    axes = axes_of(row(1.0, pairs))
    assert (tick in {float(f"{place:.6g}") for place in axes.get_xticks()}) == is_there


def test_six_pairs_are_drawn_and_five_are_not(monkeypatch: pytest.MonkeyPatch):
    for varies, who in (
        ("client", "What async needs and makes"),
        ("variant", "What our servers need and serve"),
    ):
        recording = recording_of(["async", "pool-8"], varies=varies)
        for count in (5, 6):
            some = [row(1.1, (1.1,) * count, names=("pool-8", "async")), row(None)]
            monkeypatch.setattr("charts.rows.against_references", lambda _: some)
            with look():
                charts = list(draw_ratios(recording, []))
            assert len(charts) == count - 5
        assert charts[0].title == f"{who} beside the others"
        assert charts[0].texts == ["mixed, throughput, async beside pool-8: 1.10×, not shown to differ"]
