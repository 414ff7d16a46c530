"""The applications of the suite `frameworks` answer what our own servers answer, and claims are judged."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from processes.kept_process import Interrupts
from cli.files import ROOT
from recordings.recording import Recording
from processes.server_process import ServerProcess
from plans.suite import SUITES, Suite, find_suite, read_suite
from synthetic import MODELS, Model, Spec, build
from plans.variant import Places, Variant, command_of, missing
from words.claims import Judged, claim_answers, unknown_quantities

SUITE = read_suite(find_suite("frameworks"))
PLACES = Places(SUITES / "frameworks", ROOT / "build" / "release")
OUTSIDE = [v for v in SUITE.variants if not v.server]


@pytest.mark.parametrize("variant", OUTSIDE, ids=lambda v: v.name)
def test_an_application_answers_what_our_own_servers_answer(variant: Variant, tmp_path: Path):
    if lacking := missing(variant, PLACES):
        pytest.skip(f"{' and '.join(lacking)} not found: {variant.installed_by}")
    environment = {name: PLACES.fill(value) for name, value in variant.environment.items()}
    with (
        Interrupts() as interrupts,
        ServerProcess(
            command_of(variant, PLACES), tmp_path / "log", interrupts, environment=environment
        ) as server,
    ):
        address = server.wait_until_ready(60)
        assert get(address, "/ping") == {"result": "pong"}
        assert get(address, "/task?wait_ms=1") == {"result": "Task Complete!"}
        assert not server.has_ended


def get(address: str, path: str) -> dict[str, str]:
    with urllib.request.urlopen(f"http://{address}{path}", timeout=30) as reply:
        assert reply.status == 200
        return json.loads(reply.read())


def test_the_suite_says_what_installs_each_and_which_serve_one_at_a_time():
    assert all(v.requires and v.installed_by == "scripts/setup --frameworks" for v in OUTSIDE)
    assert {v.name for v in SUITE.variants if v.serves_at_once == 1} >= {
        "flask-dev-single", "gunicorn-sync-1", "flask-asgi-uvicorn", "aiohttp-blocking", "sequential",
    }  # fmt: skip
    assert SUITE.wait_ms == 500 and suite_names(SUITE) == ["all-long", "mixed"]


def suite_names(suite: Suite) -> list[str]:
    return [w.name for w in suite.workloads]


def test_the_article_has_six_claims_of_quantities_that_there_are():
    assert sum(bool(claim.says) for claim in SUITE.claims) == 6
    assert unknown_quantities(SUITE.claims) == []


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """Servers of one at a time, of a thread each, and of one loop, under the names that the claims know."""
    one, threads, loop = Model(1, 15, 45, 1), MODELS["thread-per-request"], MODELS["async"]
    models = {
        "flask-dev-single": one,
        "flask-dev": threads,
        "flask-dev-single-async-def": one,
        "flask-asgi-uvicorn": one,
        "aiohttp": loop,
        "starlette-uvicorn": loop,
    }
    spec = Spec(models=models, workloads={"all-long": {"long": 100}, "mixed": {"long": 20, "short": 80}})
    folder = build(tmp_path / "made", spec)
    about = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(about | {"suite": "frameworks"}))
    return Recording.load(folder)


def judged_claims(recording: Recording) -> list[Judged]:
    return [answer for answer in claim_answers(recording) if isinstance(answer, Judged)]


def test_what_was_measured_decides_what_becomes_of_a_claim(recording):
    turns, blocks, async_def, extension, takes_t, needs_async = judged_claims(recording)
    assert turns.verdict.startswith("holds only if the server serves one request at a time")
    assert "True of: `flask-dev-single` 5." in turns.measured and "Not of: `flask-dev`" in turns.measured
    assert blocks.verdict.startswith("holds only if there is no thread left")
    assert async_def.verdict == extension.verdict == "does not hold"
    assert takes_t.verdict == "holds"
    assert needs_async.verdict == "does not hold"


def test_a_variant_of_which_no_run_counts_speaks_for_no_claim(tmp_path, recording):
    variants = ("flask-dev-single", "flask-dev")
    failing = Spec(
        models={name: MODELS["async"] for name in variants},
        workloads={"all-long": {"long": 100}},
        failures={(name, "all-long", n): 1 for name in variants for n in (1, 2)},
    )
    folder = build(tmp_path / "failing", failing)
    about = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(about | {"suite": "frameworks"}))
    assert judged_claims(Recording.load(folder)) == []


def test_the_readme_has_the_claims_after_what_they_speak_of(recording):
    legend, *lines = map(str, claim_answers(recording))
    assert "N = 100 requests that wait t = 50 ms each" in legend and len(lines) == 6
    assert lines[0].startswith(
        "“A synchronous server, blocked by tasks of t each, takes N × t for N requests.” **Holds"
    )
    assert any("“Flask-Async” cannot be installed" in line for line in lines)


def test_the_page_has_the_claims(recording):
    from pages import page

    assert 'id="claims"' in page.make(recording).read_text()
