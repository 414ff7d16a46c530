"""The page in a real browser: quiet, by itself, alive where there is script, whole where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import synthetic
from browser import WHY_MISSING, Browser, browser
from pages import page
from recordings.recording import Recording
from synthetic import MODELS, Spec

pytestmark = pytest.mark.skipif(bool(WHY_MISSING), reason=WHY_MISSING or "there")
DESKTOP, PHONE = (1280, 800), (390, 844)
WORKLOADS = {"all-long": {"long": 20}, "mixed": {"long": 4, "short": 16}}

# Of the first element that a selector finds, so that it can be pointed at.
MIDDLE = """const box = [...document.querySelectorAll(arguments[0])][0];
box.scrollIntoView({block: "center"});
const {left, top, width, height} = box.getBoundingClientRect();
return [left + width * arguments[1], top + height * arguments[2]];"""
TIP = "return [document.querySelector('.tip').hidden, document.querySelector('.tip').innerText]"
SIDEWAYS = """const all = [...document.querySelectorAll("body *")];
const wide = all.filter(each => each.scrollWidth > each.clientWidth + 1
  && ["auto", "scroll"].includes(getComputedStyle(each).overflowX) && each.tagName != "PRE");
return [document.documentElement.scrollWidth, wide.map(each => each.outerHTML.slice(0, 80))];"""
CONTRASTS = """const parse = text => text.match(/[\\d.]+/g).map(Number);
const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => [r, g, b].map(v => linear(v / 255))
  .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
const ground = each => {
  const colour = parse(getComputedStyle(each).backgroundColor);
  return colour.length < 4 || colour[3] > 0 ? colour : ground(each.parentElement);
};
const low = new Set();
for (const each of document.querySelectorAll("body *")) {
  const isText = [...each.childNodes].some(node => node.nodeType == 3 && node.data.trim());
  if (!isText || !each.getClientRects().length || each.closest("script, .unseen")) continue;
  const style = getComputedStyle(each);
  const [a, b] = [light(parse(each.closest("svg") ? style.fill : style.color)), light(ground(each))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) low.add(`${each.outerHTML.slice(0, 80)} ${ratio.toFixed(2)}`);
}
return [...low];"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = {name: MODELS[name] for name in ("sequential", "thread-per-request", "async")}
    spec = Spec(models=models, workloads=WORKLOADS, failures={("async", "mixed", 1): 1})
    return page.make(Recording.load(synthetic.build(tmp_path_factory.mktemp("page") / "r", spec)))


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as driven:
        yield driven


def tip(chromium: Browser) -> str:
    hidden, text = chromium.run(TIP)
    return "" if hidden else text


def test_the_page_opens_quietly_asks_for_nothing_and_names_a_request(chromium: Browser, report: Path):
    chromium.media(*DESKTOP)
    chromium.open(report)
    assert chromium.logs() == ([], [report.as_uri()])
    assert chromium.run("return document.documentElement.className") == "alive"
    # The first screen is the answer: its sentence, picture, table and warnings.
    for part in (".sentence", "#glance svg.chart", "#answer table", "#answer .warnings"):
        assert (
            chromium.run(f"return document.querySelector('{part}').getBoundingClientRect().bottom") < 800
        ), part
    chromium.point(*chromium.run(MIDDLE, "#timeline-mixed svg.chart", 0.5, 0.5))
    assert "mixed/sequential: request" in tip(chromium) and "service" in tip(chromium)
    assert chromium.run("return document.querySelectorAll('.parts i').length") > 1


@pytest.mark.slow
def test_on_a_phone_nothing_scrolls_sideways_and_the_answer_comes_first(chromium: Browser, report: Path):
    chromium.media(*PHONE)
    chromium.open(report)
    width, wide = chromium.run(SIDEWAYS)
    assert width <= PHONE[0] and wide == []
    assert chromium.run("return document.querySelector('#answer').getBoundingClientRect().bottom") < PHONE[1]
    sizes = "return [...document.querySelectorAll('svg.chart')].map(s => s.getBoundingClientRect().right)"
    assert max(chromium.run(sizes)) <= PHONE[0]


@pytest.mark.slow
def test_a_series_goes_and_comes_by_the_legend_and_the_address_remembers(chromium: Browser, report: Path):
    chromium.media(*DESKTOP)
    chromium.open(report)
    button = "#completions .legend [data-key=async] button"
    chromium.run("document.querySelector(arguments[0]).click()", button)
    seen = "return document.querySelector('[data-line][data-series=async]').getClientRects().length > 0"
    assert not chromium.run(seen)
    assert chromium.run("return location.hash") == "#off=async"
    assert chromium.run("return document.querySelector(arguments[0]).ariaPressed", button) == "false"
    chromium.open(report, "#off=async")
    assert not chromium.run(seen)
    chromium.run("document.querySelector(arguments[0]).focus()", button)
    chromium.press("Enter")
    assert chromium.run(seen) and chromium.run("return location.hash") == ""


@pytest.mark.slow
def test_names_at_lines_are_the_switches_and_the_legend_comes_with_the_keyboard(
    chromium: Browser, report: Path
):
    chromium.media(*DESKTOP)
    chromium.open(report)
    legend = "return document.querySelector('#percentiles .legend').getBoundingClientRect().height"
    assert chromium.run("return document.querySelectorAll('#percentiles .labelled').length") == 1
    assert chromium.run(legend) <= 1
    name = "#percentiles [data-switch=async]"
    chromium.point(*chromium.run(MIDDLE, name, 0.5, 0.5), click=True)
    line = (
        "return document.querySelector('#percentiles [data-line][data-series=async]').getClientRects().length"
    )
    assert chromium.run(line) == 0 and chromium.run("return location.hash") == "#off=async"
    assert chromium.run("return document.querySelector(arguments[0]).getClientRects().length", name) == 1
    chromium.point(*chromium.run(MIDDLE, name, 0.5, 0.5), click=True)
    assert chromium.run(line) > 0 and chromium.run("return location.hash") == ""
    chromium.run("document.querySelector('#percentiles .legend button').focus()")
    assert chromium.run(legend) > 10


@pytest.mark.slow
def test_a_selection_is_pinned_put_in_the_address_and_dismissed(chromium: Browser, report: Path):
    chromium.media(*DESKTOP)
    chromium.open(report)
    chromium.point(*chromium.run(MIDDLE, "#timeline-mixed svg.chart", 0.5, 0.5), click=True)
    said, address = tip(chromium), chromium.run("return location.hash")
    assert said and address.startswith("#at=timeline-mixed")
    chromium.open(report, address)
    assert tip(chromium) == said
    chromium.press("ArrowDown", "Escape")
    assert tip(chromium) == "" and chromium.run("return location.hash") == ""
    for nonsense in (
        "#at=nowhere~1~request~2",
        "#at=timeline-mixed~0~request~999",
        "#at=%ff&off=nobody",
        "#charts",
    ):
        chromium.open(report, nonsense)
        assert chromium.logs()[0] == [] and tip(chromium) == ""


@pytest.mark.slow
def test_the_keyboard_goes_from_request_to_request_and_to_points(chromium: Browser, report: Path):
    chromium.media(*DESKTOP)
    chromium.open(report)
    names = []
    chromium.run("document.querySelector('#timeline-mixed svg.chart').focus()")
    for _ in range(3):
        chromium.press("ArrowDown")
        names.append(tip(chromium).split("\n")[0])
    assert len(set(names)) == 3 and all("request" in name for name in names)
    chromium.press("Escape")
    chromium.run("document.querySelector('#makespan svg.chart').focus()")
    chromium.press("ArrowRight")
    assert "repetition" in tip(chromium) and "valid" in tip(chromium)


@pytest.mark.slow
def test_one_cursor_goes_over_all_panels_of_a_servers_resources(chromium: Browser, report: Path):
    chromium.media(*DESKTOP)
    chromium.open(report)
    chromium.point(*chromium.run(MIDDLE, "#resources-mixed svg.chart", 0.3, 0.5))
    assert chromium.run("return document.querySelectorAll('#resources-mixed line.pointer').length") == 3
    text = tip(chromium)
    assert "threads: " in text and "resident memory: " in text and "CPU time so far: " in text
    # As the recording has it: thread-per-request has a thread for each request, and one more.
    assert "sequential 1," in text or "sequential 1\n" in text


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_read_light_and_dark(chromium: Browser, report: Path, dark: bool):
    chromium.media(*DESKTOP, dark=dark)
    chromium.open(report)
    assert chromium.run(CONTRASTS) == []
    ground = chromium.run("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(20, 23, 27)") == dark


@pytest.mark.slow
def test_without_script_the_page_is_whole(chromium: Browser, report: Path):
    chromium.media(*DESKTOP, script=False)
    chromium.open(report)
    chromium.devtools("Emulation.setScriptExecutionDisabled", value=False)
    assert chromium.run("return document.documentElement.className") == ""
    assert chromium.run("return document.querySelectorAll('.legend button, .tip').length") == 0
    assert chromium.run("return document.querySelectorAll('.legend li').length") > 3
    charts = chromium.run(
        "return [...document.querySelectorAll('svg.chart')].map(s => s.getClientRects()[0].width)"
    )
    assert min(charts) > 100
