"""Every chart becomes a PNG and an SVG that adapts to light and dark and can stand beside others."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import charts
import synthetic
from charts.canvas import SavedChart
from charts.palette import DARK_OF, class_colours, variant_styles
from metrics.digest import digests
from recordings.recording import Recording
from synthetic import MODELS, Model, Spec

NAMES = [
    *("timeline-all-long", "timeline-mixed", "timeline-all-short"),
    *("makespan", "percentiles", "completions"),
    *("resources-all-long", "resources-mixed", "resources-all-short"),
]


def draw(folder: Path, spec: Spec) -> list[SavedChart]:
    recording = Recording.load(synthetic.build(folder, spec))
    return charts.draw_all(recording, digests(recording), folder / "charts")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("charts") / "r"


@pytest.fixture(scope="module")
def drawn(folder: Path) -> list[SavedChart]:
    return draw(folder, Spec(failures={("pool-8", "all-long", 1): 3, ("pool-8", "all-long", 2): 3}))


def test_every_chart_is_saved_as_png_and_svg(folder: Path, drawn: list[SavedChart]) -> None:
    assert [chart.name for chart in drawn] == NAMES
    expected = {f"{name}.{kind}" for name in NAMES for kind in ("png", "svg")}
    assert {path.name for path in (folder / "charts").iterdir()} == expected
    for name in NAMES:
        assert (folder / "charts" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        ElementTree.parse(folder / "charts" / f"{name}.svg")


def test_ids_are_unique_over_all_charts_and_every_reference_is_met(drawn: list[SavedChart]) -> None:
    page = "".join(chart.svg for chart in drawn)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', page)) <= set(ids)


def test_text_stays_text_and_no_style_rule_leaks_into_the_page(drawn: list[SavedChart]) -> None:
    for chart in drawn:
        assert ">thread-per-request</text>" in chart.svg
        assert "<style" not in chart.svg and "<metadata" not in chart.svg


def test_every_colour_has_a_dark_form(drawn: list[SavedChart]) -> None:
    for chart in drawn:
        assert set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", chart.svg)) <= set(DARK_OF)


def test_every_chart_says_in_words_what_it_shows(drawn: list[SavedChart]) -> None:
    for chart in drawn:
        assert f'role="img" aria-labelledby="{chart.name}-title {chart.name}-desc"' in chart.svg
        description = re.search(r"<desc[^>]*>(.*?)</desc>", chart.svg, re.S)
        assert description and "thread-per-request" in description[1]
    timeline = drawn[0].svg
    assert "sequential: 100 requests done after 5.01 s, 1.00× ideal, a staircase" in timeline
    assert "a wall" in timeline and "3 of them failed" in timeline


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    spec = Spec(workloads={"mixed": {"long": 2, "short": 8}}, repetitions=1)
    for name in ("a", "b"):
        draw(tmp_path / name, spec)
    for path in (tmp_path / "a" / "charts").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / "charts" / path.name).read_bytes(), path.name


def test_a_saved_svg_brings_its_own_dark_colours_and_ground(folder: Path, drawn: list[SavedChart]) -> None:
    text = (folder / "charts" / "makespan.svg").read_text()
    assert "prefers-color-scheme: dark" in text
    assert '<rect width="100%" height="100%" style="fill: #ffffff"/>' in text


@pytest.mark.parametrize(
    "spec",
    [
        Spec(models={"async": MODELS["async"]}, workloads={"all-long": {"long": 10}}, repetitions=1),
        Spec(workloads={"ping & <co>": {"a<b": 5, "c&d": 5}}, waiting=frozenset(), repetitions=1),
        Spec(
            models={f"worker-{n}": Model(n, 20, 50, n) for n in range(1, 31)},
            workloads={"mixed": {"long": 4, "short": 6}},
            repetitions=1,
        ),
    ],
    ids=["one variant", "no class that waits, odd names", "thirty variants"],
)
def test_other_suites_are_drawn_too(tmp_path: Path, spec: Spec) -> None:
    drawn = draw(tmp_path, spec)
    assert len(drawn) == 5
    for chart in drawn:
        ElementTree.fromstring(chart.svg)


def test_charts_without_data_are_left_out(tmp_path: Path) -> None:
    synthetic.build(tmp_path, Spec(workloads={"mixed": {"long": 2, "short": 8}}, repetitions=1))
    (tmp_path / "requests.csv").unlink()
    (tmp_path / "latency.csv").unlink()
    recording = Recording.load(tmp_path)
    drawn = charts.draw_all(recording, digests(recording), tmp_path / "charts")
    assert [chart.name for chart in drawn] == ["makespan", "completions", "resources-mixed"]


def test_a_variant_keeps_its_colour_whatever_stands_beside_it() -> None:
    alone = variant_styles(["async"])["async"].colour
    assert variant_styles(["nginx", "sequential", "pool-8", "async"])["async"].colour == alone


def test_thirty_variants_are_told_apart() -> None:
    names = ["sequential", "pool-8", "pool-16", "async", "async-2", "async-4"] + [f"v{n}" for n in range(24)]
    looks = [(style.colour, style.dashes) for style in variant_styles(names).values()]
    assert len(set(looks)) == 30


def test_no_class_shares_a_colour_with_another_or_with_a_variant() -> None:
    colours = class_colours([("a", True), ("b", True), ("c", False), ("d", False)])
    assert len(set(colours.values())) == 4
    variants = {style.colour for style in variant_styles(f"v{n}" for n in range(30)).values()}
    assert not variants & set(colours.values())


def test_requests_that_never_became_due_are_not_drawn(tmp_path: Path) -> None:
    folder = synthetic.build(tmp_path / "r", Spec(repetitions=1, workloads={"all-long": {"long": 20}}))
    with (folder / "requests.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    empty = {name: "" for name in header if name.endswith("_us")}
    with (folder / "requests.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        for number, row in enumerate(rows):
            never = number % 20 == 19
            writer.writerow(dict(zip(header, row)) | ({**empty, "outcome": "unfinished"} if never else {}))
    recording = Recording.load(folder)
    assert charts.draw_all(recording, digests(recording), folder / "charts")
