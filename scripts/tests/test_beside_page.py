"""What the page of two recordings is made of; its charts and its layout are not drawn here."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from charts.canvas import Chart
from made_rows import row
from pages import compare
from pages.compare import make_beside
from recordings.recording import Recording
from test_beside import DRIFT, eight, side


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch):
    """Makes a page of two recordings, and returns what its template was given."""
    given: dict[str, Any] = {}

    def chart(name: str, caption: str = "") -> Chart:
        return Chart(name, "", caption, "", [], None)

    def differences(first: Recording, rows: list[Any]) -> list[Chart]:
        return [chart("differences", f"{len(rows)} rows")]

    template = SimpleNamespace(render=lambda **values: given.update(values) or "text")
    monkeypatch.setattr("charts.canvas.TEMPLATES", SimpleNamespace(get_template=lambda _: template))
    monkeypatch.setattr("charts.overlays", lambda *_: [chart("over")])
    monkeypatch.setattr("charts.rows.differences_chart", differences)
    monkeypatch.setattr("charts.canvas.save", lambda drawn, folder: (str(folder), drawn.name, drawn.caption))
    monkeypatch.setattr(
        compare.files, "replace_file", lambda path, text: given.update(path=str(path), text=text) or path
    )

    def make(first: Recording, second: Recording, **options: float) -> dict[str, Any]:
        given["returned"] = str(make_beside(first, second, **options))
        return given

    return make


def largest(given: dict[str, Any]) -> list[tuple[str, str]]:
    """Each row's metric and ratio."""
    headings = [column.heading for column in given["largest"].columns]
    places = [headings.index(name) for name in ("metric", "ratio")]
    return [tuple(cells[at].text for at in places) for cells in given["largest"].rows]


def test_the_page_lies_in_the_first_ones_folder_and_is_named_after_the_second(made):
    given = made(side("x/a", eight("v"), recording="A"), side("y/b", eight("v")))
    # Neither is a folder here, so each lies in that above it.
    assert given["path"] == given["returned"] == "x/beside-y.html" and given["text"] == "text"
    assert given["page_title"] == "y beside A"
    assert given["charts"] == [
        ("x/charts", "beside-y-over", ""),
        ("x/charts", "beside-y-differences", "5 rows"),
    ]
    assert given["table"].title == "Differences" and len(given["table"].rows) == 5
    subjects = made(side("a", eight("v") + eight("u")), side("b", eight("v") + eight("u")))
    assert [cells[1].text for cells in subjects["table"].rows] == ["v"] * 5 + ["u"] * 5
    assert [cells[1].text for cells in subjects["largest"].rows] == ["v"] * 4 + ["u"]
    alike = made(side("a", eight("v"), recording="A"), side("b", eight("v"), recording="A"))
    assert alike["page_title"] == "A-second beside A-first"


def test_what_speaks_against_a_comparison_is_noted(made):
    clean = {"git": {"commit": "0123456789abcdef", "dirty": False}}
    first = side("a", eight("v") + eight("u") + eight("t"), wait_ms=5, **clean)
    second = side("b", eight("v") + eight("u", done_by="kernel"), **clean)
    assert made(first, second)["notes"] == [
        "suite, wait_ms: 5 and 50",
        "b: t, w is missing",
        "Latencies of u under w end by different clocks (column done_by), and are not compared",
        "Both are of 0123456789ab: any difference is of the hour, not of the code",
        DRIFT,
    ]
    other = {"git": {"commit": "9", "dirty": False}}
    assert made(side("a", eight("v"), **clean), side("b", eight("v"), **other))["notes"] == [DRIFT]
    assert made(side("a", eight("v")), side("b", eight("v")))["notes"] == [DRIFT], "of no known commit"


def test_the_largest_differences_come_first_whichever_way_they_go(made):
    rates = {"throughput_rps": 250.0, "server_cpu_us_per_request": 60.0, "server_rss_peak_kib": 2048 * 1.1}
    given = made(side("a", eight("v")), side("b", eight("v", 5 * 1.5, **rates)))
    assert given["largest"].title == "The largest differences"
    assert largest(given) == [
        ("throughput", "0.25×"),
        ("CPU per request", "3.00×"),
        ("p99", "1.50×"),
        ("memory", "1.10×"),
    ]
    assert given["sentence"] == ("**4 of 5 figures differ**, most of all throughput of `v` under w (0.25×).")
    three = made(
        side("a", eight("v")), side("b", eight("v", 5 * 1.5, **rates | {"server_rss_peak_kib": 2048}))
    )
    assert three["sentence"].startswith("**3 of 5 figures differ**, ")
    assert len(largest(three)) == 3, "none that does not differ"


def test_where_nothing_differs_the_largest_ratios_are_shown_and_few_repetitions_are_the_reason(made):
    both = [row(name, n, p99_ms=5 + n) for n in (1, 2) for name in "uv"]
    few = made(side("a", both), side("b", both))
    assert few["sentence"] == "None of 10 figures is shown to differ between the two."
    [less, _] = few["notes"]
    assert re.fullmatch(
        r"Below \d+ repetitions nothing is said to differ: scripts/bench --repetitions \d+", less
    )
    assert (
        few["largest"].title == "The largest ratios, none shown to differ" and len(few["largest"].rows) == 5
    )
    many = made(side("a", eight("v")), side("b", eight("v")))
    assert (
        many["notes"] == [DRIFT]
        and many["sentence"] == "None of 5 figures is shown to differ between the two."
    )


def test_the_margin_is_what_was_asked_for(made):
    findings = [
        made(side("a", eight("v")), side("b", eight("v", 5.001)), margin=margin)["table"].rows[1][-1].text
        for margin in (0.02, 1e-5)
    ]
    assert findings == ["shown to differ by less than 2 %", "not shown to differ"]
