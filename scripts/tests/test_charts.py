"""Every chart becomes a PNG and an SVG that adapts to light and dark and can stand beside others."""

from __future__ import annotations

import csv
import json
import re
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

import charts
import synthetic
from charts.canvas import Chart
from charts.palette import DARK_OF, class_colours, subject_styles
from metrics.digest import digests
from metrics.metrics import MARK
from recordings.recording import Recording
from synthetic import MODELS, Model, Spec

NAMES = [
    "glance",
    *("timeline-all-long", "timeline-mixed", "timeline-all-short"),
    *("makespan", "percentiles", "completions"),
    *("resources-all-long", "resources-mixed", "resources-all-short"),
]


def draw(folder: Path, spec: Spec) -> list[Chart]:
    recording = Recording.load(synthetic.build(folder, spec))
    return charts.draw_all(recording, digests(recording), folder / "charts")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("charts") / "r"


@pytest.fixture(scope="module")
def drawn(folder: Path) -> list[Chart]:
    return draw(folder, Spec(failures={("pool-8", "all-long", 1): 3, ("pool-8", "all-long", 2): 3}))


def test_every_chart_is_saved_as_png_and_svg(folder: Path, drawn: list[Chart]) -> None:
    assert [chart.name for chart in drawn] == NAMES
    expected = {f"{name}.{kind}" for name in NAMES for kind in ("png", "svg")}
    assert {path.name for path in (folder / "charts").iterdir()} == expected
    for name in NAMES:
        assert (folder / "charts" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        ElementTree.parse(folder / "charts" / f"{name}.svg")


def test_ids_are_unique_over_all_charts_and_every_reference_is_met(drawn: list[Chart]) -> None:
    page = "".join(chart.svg for chart in drawn)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', page)) <= set(ids)


def test_text_stays_text_and_no_style_rule_leaks_into_the_page(drawn: list[Chart]) -> None:
    for chart in drawn:
        assert re.search(">thread-per-request</(text|li)>", chart.svg)
        assert "<style" not in chart.svg and "<metadata" not in chart.svg


def test_every_colour_has_a_dark_form(drawn: list[Chart]) -> None:
    for chart in drawn:
        assert set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", chart.svg)) <= set(DARK_OF)


def test_every_chart_says_in_words_what_it_shows(drawn: list[Chart]) -> None:
    for chart in drawn:
        assert f'aria-describedby="{chart.name}-desc"' in chart.svg
        assert "thread-per-request" in described(chart)
        assert chart.svg.count('role="img" aria-label="') == chart.svg.count('<svg class="chart"') > 0
    timeline = drawn[1].svg
    assert "sequential: 100 requests done after 5.01 s, 1.00× ideal, a staircase" in timeline
    assert "a wall" in timeline and "3 of them failed" in timeline


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    spec = Spec(workloads={"mixed": {"long": 2, "short": 8}}, repetitions=1)
    for name in ("a", "b"):
        draw(tmp_path / name, spec)
    for path in (tmp_path / "a" / "charts").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / "charts" / path.name).read_bytes(), path.name


def test_a_saved_svg_brings_its_own_dark_colours_and_ground(folder: Path, drawn: list[Chart]) -> None:
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
    assert len(drawn) == 6
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
    alone = subject_styles(["async"])["async"].colour
    assert subject_styles(["nginx", "sequential", "pool-8", "async"])["async"].colour == alone


def test_thirty_variants_are_told_apart() -> None:
    names = ["sequential", "pool-8", "pool-16", "async", "async-2", "async-4"] + [f"v{n}" for n in range(24)]
    looks = [(style.colour, style.dashes) for style in subject_styles(names).values()]
    assert len(set(looks)) == 30


def test_no_class_shares_a_colour_with_another_or_with_a_variant() -> None:
    colours = class_colours([("a", True), ("b", True), ("c", False), ("d", False)])
    assert len(set(colours.values())) == 4
    variants = {style.colour for style in subject_styles(f"v{n}" for n in range(30)).values()}
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


def test_to_add_a_chart_is_to_write_what_draws_it_and_name_that() -> None:
    takes = r"\(recording: Recording, digests: list\[Digest\]\)"
    texts = {path.stem: path.read_text() for path in Path(charts.__file__).parent.glob("*.py")}
    drawing = [f"charts.{n}.{d}" for n, t in texts.items() for d in re.findall(rf"\ndef (draw\w*){takes}", t)]
    named = [f"{d.__module__}.{d.__name__}" for d in (*charts.OF_THE_RECORDING, *charts.OF_SINGLE_WORKLOADS)]
    assert sorted(named) == sorted(drawing)


def described(chart: Chart) -> str:
    [description] = re.findall(r'<p class="unseen"[^>]*>(.*?)</p>', chart.svg, re.S)
    return description


def test_what_does_not_count_is_marked_wherever_it_is_drawn(tmp_path: Path) -> None:
    late = {("async", "mixed", n): "the generator sent late" for n in (1, 2)}
    once = {("sequential", "mixed", 1): "the generator sent late"}
    drawn = draw(tmp_path, Spec(workloads={"mixed": {"long": 2, "short": 8}}, invalid=late | once))
    assert len(drawn) == 6
    for chart in drawn:
        assert f"async {MARK}" in described(chart) and f"sequential {MARK}" not in described(chart)
        assert f">{MARK}</text>" in chart.svg or f">async {MARK}</text>" in chart.svg
        assert chart.caption.endswith(f"{MARK} marks what no run that counts stands behind.")
    makespan = next(chart for chart in drawn if chart.name == "makespan").svg
    assert makespan.count('"fill: #ffffff;stroke: ') == 3  # the hollow dots


def test_where_all_runs_count_nothing_is_marked(drawn: list[Chart]) -> None:
    marked = {chart.name for chart in drawn if MARK in chart.svg + chart.caption}
    once = {"glance", "makespan", "percentiles", "completions"}
    assert marked == {*once, "timeline-all-long", "resources-all-long"}


def draw_against_async(folder: Path, spec: Spec) -> list[Chart]:
    synthetic.build(folder, spec)
    about = json.loads((folder / "run.json").read_text())
    for entry in about["workloads"]:
        entry["reference"] = "async"
    (folder / "run.json").write_text(json.dumps(about))
    recording = Recording.load(folder)
    return charts.draw_all(recording, digests(recording), folder / "charts")


def test_ratios_are_drawn_with_their_interval_where_there_are_pairs_enough(tmp_path: Path) -> None:
    spec = Spec(
        models={name: MODELS[name] for name in ("sequential", "thread-per-request", "async")},
        workloads={"all-short": {"short": 20}},
        repetitions=9,
        invalid={("sequential", "all-short", n): "the generator sent late" for n in range(3, 10)},
    )
    ratios = draw_against_async(tmp_path, spec)[1]
    assert ratios.name == "ratios" and ratios.title == "What our servers need and serve beside the others"
    assert ">all-short: async</text>" in ratios.svg
    assert "all-short, CPU per request, async beside thread-per-request: 0.3" in described(ratios)
    assert ">CPU per request</text>" in ratios.svg and ">less is better</text>" in ratios.svg
    assert ">throughput</text>" in ratios.svg and ">more is better</text>" in ratios.svg
    # The lines of intervals: one of two rows in each of two panels, and the key.
    assert ratios.svg.count("stroke-width: 2; ") + ratios.svg.count('stroke-width: 2"') == 2 + 1


def test_ratios_of_fewer_pairs_than_any_interval_needs_are_left_out(tmp_path: Path) -> None:
    drawn = draw_against_async(tmp_path, Spec(workloads={"all-short": {"short": 20}}, repetitions=5))
    assert "ratios" not in [chart.name for chart in drawn]


class OfClients(Recording):
    """A made-up recording whose variants are taken for load generators: one open loop, one closed."""

    varies = "client"
    subjects = property(lambda self: self.variants)

    @cached_property
    def summary(self) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(
                **row._asdict()
                | {
                    "client": row.variant,
                    "client_cpu_us_per_request": row.server_cpu_us_per_request,
                    "latency_mean_us": row.repetition * 100 if row.variant == "loadgen" else 90_000,
                    "makespan_ms": None,
                    "arrivals": "constant" if row.workload == "open" else "closed",
                }
            )
            for row in super().summary
        ]


def test_of_clients_ratios_and_the_latencies_of_open_loops_are_drawn(tmp_path: Path) -> None:
    spec = Spec(
        models={"loadgen": Model(None, 20, 40, 1), "wrk": Model(None, 20, 80, 1)},
        workloads={"closed": {"short": 10}, "open": {"short": 10}},
        repetitions=8,
    )
    synthetic.build(tmp_path, spec)
    about = json.loads((tmp_path / "run.json").read_text())
    for entry in about["workloads"]:
        entry["reference"] = "loadgen"
    (tmp_path / "run.json").write_text(json.dumps(about))
    for name in ("requests", "throughput", "latency"):
        (tmp_path / f"{name}.csv").unlink()
    recording = OfClients.load(tmp_path)
    glance, ratios, latency = charts.draw_all(recording, digests(recording), tmp_path / "charts")
    assert ratios.title == "What loadgen needs and makes beside the others"
    assert re.fullmatch(
        r"Ratios of pairs. closed, client CPU per request, loadgen beside wrk: 0.[45]\d×, differs by [^;]*; "
        r"closed, throughput, loadgen beside wrk: (0.9|1.0)\d×, [^;]*; "
        r"open, client CPU per request, loadgen beside wrk: 0.[45]\d×, differs by [^;]*.",
        described(ratios),
    )
    assert described(latency) == (
        "Medians of the mean latencies. open loadgen: mean latency 450 µs; open wrk: mean latency 90.0 ms."
    )


def test_a_curve_says_where_no_run_counts_and_leaves_those_points_hollow(tmp_path: Path) -> None:
    spec = Spec(
        models={name: MODELS[name] for name in ("thread-per-request", "async")},
        workloads={"at-once-10": {"long": 10}, "at-once-100": {"long": 100}},
        invalid={("async", "at-once-100", n): "the generator sent late" for n in (1, 2)},
        failures={("thread-per-request", "at-once-10", 1): 1},
    )
    synthetic.build(tmp_path, spec)
    about = json.loads((tmp_path / "run.json").read_text())
    for entry in about["workloads"]:
        name, _, at = entry["name"].rpartition("-")
        entry["curve"] = {"name": name, "axis": "connections", "at": int(at)}
    (tmp_path / "run.json").write_text(json.dumps(about))
    recording = Recording.load(tmp_path)
    glance, curve = charts.draw_all(recording, digests(recording), tmp_path / "charts")
    assert curve.name == "curve-at-once" and curve.caption.endswith("stands behind.")
    threads = f"thread-per-request from 11 at 10 to 101 at 100, async from 1 at 10 to 1 {MARK} at 100"
    assert f"threads peak: {threads}" in described(curve)
    # In five panels async at 100 and thread-per-request at 10; in the sixth, async needs no memory for each.
    assert curve.svg.count("fill: #ffffff;stroke: ") == 2 * 5
