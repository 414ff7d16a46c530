"""The page: self-contained, described in words, and made from whatever the recording has."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cli.door import exit_code
from cli.errors import CommandFailed
from pages import page as report
import synthetic
from synthetic import Spec
from text.units import as_html

SPEC = Spec(workloads={"all-long": {"long": 20}, "mixed": {"long": 4, "short": 16}})


def run(*arguments: str) -> int:
    """The command's exit code, as its door makes it."""
    try:
        return report.main(list(arguments))
    except (CommandFailed, OSError) as error:
        return exit_code("report", error)


def page_of(folder: Path) -> str:
    assert run(str(folder)) == 0
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(synthetic.build(tmp_path_factory.mktemp("report") / "hundred-test", SPEC))


class Balance(HTMLParser):
    """Checks that elements are closed in the order they were opened."""

    void = {"meta", "br", "link", "img"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_refers_to_nothing_outside_its_folder(page: str) -> None:
    references = re.findall(r'(?:src|href|srcset|action)="([^"]*)"', page)
    references += re.findall(r"url\(([^)]*)\)", page)
    assert all(not re.match(r"(?:[a-z]+:)?//", reference) for reference in references)
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"<script[^>]*src|@import|fetch\(|XMLHttpRequest", page)


def test_every_chart_in_the_page_is_described_in_words(page: str) -> None:
    figures = re.findall(r"<figure.*?</figure>", page, re.S)
    assert len(figures) == page.count("<figure") == 8
    for figure in figures:
        [described_by] = re.findall(r'aria-describedby="([^"]+)"', figure)
        assert re.search(rf'<p class="unseen" id="{re.escape(described_by)}">[^<]{{20,}}', figure)
        drawings = re.findall(r'<svg class="chart"[^>]*>', figure)
        assert drawings and all('role="img" aria-label="' in drawing for drawing in drawings)


def test_ids_are_unique_and_elements_are_closed(page: str) -> None:
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    balance = Balance()
    balance.feed(page)
    assert balance.open == []


def test_the_page_has_light_and_dark_and_fits_a_phone(page: str) -> None:
    assert page.count("prefers-color-scheme: dark") == 2
    assert 'name="viewport"' in page
    # Whatever is wide stands in a box that scrolls by itself.
    boxes = re.findall(r'<div class="scroll[^>]*>\s*<table', page)
    assert len(boxes) == page.count('class="scroll') == page.count("<table")


def test_the_page_says_what_the_numbers_say_and_how_to_get_them_again(page: str) -> None:
    assert "<strong>all-long</strong>, makespan: " in page
    assert "git checkout 0123456789abcdef0123456789abcdef01234567\nscripts/bench hundred --seed 7" in page
    for text in ("A Made-up Processor @ 2.40GHz", "g++ 12.2.0", 'href="summary.csv"', "pinned"):
        assert text in page


def test_the_table_has_a_row_per_variant_and_a_column_per_class(page: str) -> None:
    mixed = page.partition('aria-label="Table: mixed"')[2].partition("</table>")[0]
    assert mixed.count('<th scope="row">') == 5
    for heading in ("makespan", "ideal", "long", "short", "threads", "memory", "errors", "runs"):
        assert heading in mixed
    short_only = page.partition('aria-label="Table: all-long"')[2].partition("</table>")[0]
    assert ">short<" not in short_only


def test_the_two_models_are_compared_in_pairs(tmp_path: Path) -> None:
    page = page_of(synthetic.build(tmp_path / "eight", Spec(workloads=SPEC.workloads, repetitions=12)))
    section = page.partition('aria-label="Table: async against thread-per-request"')[2].partition("</table>")[
        0
    ]
    [cpu] = re.findall(
        r'<th scope="row">mixed</th>\n<td data-of="metric" class="words">CPU per request</td>.*?</tr>',
        section,
        re.S,
    )
    assert "differs" in cpu and re.search(r">0\.3\d – 0\.\d\d×</td>", cpu)


def test_without_both_models_there_is_nothing_to_pair(tmp_path: Path) -> None:
    models = {"async": synthetic.MODELS["async"]}
    assert "async against thread-per-request" not in page_of(
        synthetic.build(tmp_path / "one", Spec(models=models, repetitions=1))
    )


def test_failures_and_invalid_runs_show(tmp_path: Path) -> None:
    spec = Spec(
        workloads={"all-long": {"long": 20}},
        failures={("async", "all-long", n): 2 for n in (1, 2)},
        invalid={("pool-8", "all-long", 2): "lag <above> 1 ms"},
    )
    page = page_of(synthetic.build(tmp_path / "r", spec))
    assert "4 reset" in page
    assert "1 of 2 runs invalid" in page and "lag &lt;above&gt; 1" in page
    assert "≥ " in page


def test_a_recording_without_any_finished_run_still_makes_a_page(tmp_path: Path) -> None:
    folder = synthetic.build(tmp_path / "r", Spec(finished=False))
    for name in ("summary", "requests", "latency", "throughput"):
        (folder / f"{name}.csv").unlink()
    page = page_of(folder)
    assert "The bench was stopped before its end: 0 of 30 runs are here." in page
    assert "no finished run to draw" in page


def test_a_recording_with_parts_missing_draws_the_rest_and_says_so(tmp_path: Path) -> None:
    folder = synthetic.build(tmp_path / "r", SPEC)
    (folder / "throughput.csv").unlink()
    page = page_of(folder)
    assert 'id="timeline-mixed"' in page and 'id="resources-mixed"' not in page
    assert "drawn from it: <code>throughput.csv</code>." in page
    assert 'href="throughput.csv"' not in page


def test_bad_input_is_a_line_per_mistake_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(tmp_path / "nowhere")) == 2
    assert "not found" in capsys.readouterr().err
    folder = synthetic.build(tmp_path / "r", SPEC)
    text = (folder / "latency.csv").read_text()
    (folder / "latency.csv").write_text(text.replace("repetition", "round", 1))
    assert run(str(folder)) == 2
    errors = capsys.readouterr().err
    assert "latency.csv line 1: the column 'repetition'" in errors and "Traceback" not in errors


def test_marks_become_html_and_the_rest_is_escaped() -> None:
    assert str(as_html("**a** `b` <c> 50 ms")) == "<strong>a</strong> <code>b</code> &lt;c&gt; 50\u00a0ms"


def test_a_folder_that_cannot_be_written_is_a_line(tmp_path: Path, capsys) -> None:
    folder = synthetic.build(tmp_path / "r", Spec(workloads={"all-long": {"long": 20}}))
    (folder / "charts").write_text("no folder")
    assert run(str(folder)) == 2
    assert capsys.readouterr().err == f"report: {folder}/charts: File exists\n"
