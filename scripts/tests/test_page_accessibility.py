"""axe-core has nothing to say of a report, a comparison and a gate's page, at both sizes, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import synthetic
from axe import NoAxe, fetched, violations
from browser import WHY_MISSING, Browser, browser
from gating import main as gate
from pages import compare, page
from recordings.recording import Recording
from synthetic import MODELS, Spec
from synthetic_gate import rows, write_gate
from test_compare import edit, recording

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(WHY_MISSING), reason=WHY_MISSING or "there")]
MEDIA = [(width, height, dark) for width, height in ((1280, 800), (390, 844)) for dark in (False, True)]


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    try:
        return fetched(tmp_path_factory.mktemp("axe"))
    except NoAxe as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as driven:
        yield driven


def report_of(folder: Path) -> Path:
    models = {name: MODELS[name] for name in ("sequential", "thread-per-request", "async")}
    workloads = {"all-long": {"long": 20}, "mixed": {"long": 4, "short": 16}}
    return page.make(Recording.load(synthetic.build(folder / "r", Spec(models=models, workloads=workloads))))


def comparison_of(folder: Path) -> Path:
    first = recording(folder / "a")
    second = edit(recording(folder / "b", slower=1.5, seed=9), machine__cores=64)
    assert compare.main([str(first), str(second), "--html", "--force"]) == 0
    [path] = first.glob("beside-*.html")
    return path


def gate_of(folder: Path) -> Path:
    path, history = folder / "page.html", folder / "history.jsonl"
    replayed = str(write_gate(folder / "gate", rows(13)))
    gate.main(["--replay", replayed, "--html", str(path), "--history", str(history)])
    return path


@pytest.mark.parametrize("make", [report_of, comparison_of, gate_of])
def test_axe_has_nothing_to_say(tmp_path: Path, chromium: Browser, axe: str, make):
    path = make(tmp_path)
    for width, height, dark in MEDIA:
        chromium.media(width, height, dark=dark)
        chromium.open(path)
        assert violations(chromium, axe) == [], (width, dark)


def test_axe_would_say_what_is_wrong(tmp_path: Path, chromium: Browser, axe: str):
    path = tmp_path / "page.html"
    path.write_text('<!DOCTYPE html><html><body><img src="a.png"></body></html>')
    chromium.open(path)
    assert "image-alt" in " ".join(violations(chromium, axe))
