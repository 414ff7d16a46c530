"""scripts/gate.py from its flags to its exit code, with a gate that measures nothing but has a verdict."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gating import main as gate
from gating import page
from gating.blocks import BenchmarkFailed
from gating.verdict import Decision, Rule, Verdict, judged
from gating.words import read_history
from sides.sides import Cell, Served, Sides
from synthetic_gate import blocks, rows, write_gate
from text.judgement import Judgement

COMMANDS = ["--baseline-cmd", "a {port}", "--candidate-cmd", "b {port}"]


@dataclass
class Stage:
    """What the gate is to answer, and what it was asked."""

    decision: Decision = Decision(Verdict.NOT_REGRESSED, "so", ())
    gates: tuple = ()
    ran: list[tuple] = field(default_factory=list)
    explained: list[list[str]] = field(default_factory=list)
    pages: list[tuple] = field(default_factory=list)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    made = Stage()

    class Gates:
        def __init__(self, *shared: Any):
            made.gates = shared

        def run(self, cells: list[Cell], folder: Path, seed: int) -> Decision:
            made.ran.append(([cell.name for cell in cells], folder, seed))
            return made.decision

    cells = [Cell(name, {"baseline": Served(("a",))}, "/", "/") for name in ("async", "pool-8")]

    def explain(cells: list[Cell], *_: Any) -> Judgement:
        made.explained.append([cell.name for cell in cells])
        return Judgement("costs", "grew", "it allocates more")

    def write_page(path: Path, _: Decision, told: Judgement, recording: Any, past: Any) -> None:
        made.pages.append((path, told.facts.get("baseline"), recording.folder, past))

    monkeypatch.setattr(gate, "Gates", Gates)
    monkeypatch.setattr(gate, "Interrupts", lambda: nullcontext("interrupts"))
    monkeypatch.setattr(gate, "loadgen_of", lambda build: "loadgen")
    monkeypatch.setattr(gate, "sides_of", lambda options, tell: Sides(("a", "b"), None, cells))
    monkeypatch.setattr(gate, "about", lambda *_: {"layouts": "as they are", "baseline": "a"})
    monkeypatch.setattr(gate, "explain", explain)
    monkeypatch.setattr(page, "write_page", write_page)
    monkeypatch.setattr(page, "history_chart", lambda path: f"chart of {path.name}")
    monkeypatch.chdir(tmp_path)
    return made


def decided(tmp_path: Path, verdict: Verdict, **changes) -> Decision:
    return Decision(verdict, "so", (judged("async", blocks(tmp_path / "made", 20, **changes), Rule()),))


def test_what_is_said_of_a_long_build_is_seen_at_once_and_asking_for_help_imports_nothing(stage, monkeypatch):
    told = []
    monkeypatch.setattr(
        gate, "sides_of", lambda options, tell: told.append(tell) or Sides(("a", "b"), None, [])
    )
    gate.main([*COMMANDS, "--output", "out"])
    assert told[0].args == ("gate:",) and told[0].keywords == {"flush": True}
    assert not hasattr(gate, "Console") and not hasattr(gate, "write_page")


@pytest.mark.parametrize(
    ("verdict", "code", "code_if_it_may_pass"),
    [
        (Verdict.NOT_REGRESSED, 0, 0),
        (Verdict.REGRESSED, 1, 1),
        (Verdict.FAILED, 2, 2),
        (Verdict.INCONCLUSIVE, 3, 0),
        (Verdict.INVALID, 3, 0),
    ],
)
def test_the_exit_code_is_the_verdicts(stage, verdict, code, code_if_it_may_pass):
    stage.decision = Decision(verdict, "so", ())
    assert gate.main([*COMMANDS, "--output", "out"]) == code
    assert gate.main([*COMMANDS, "--output", "out", "--on-inconclusive", "pass"]) == code_if_it_may_pass


def test_what_is_beyond_the_margin_though_only_shown_is_in_the_way_of_a_pass(stage, tmp_path):
    stage.decision = decided(tmp_path, Verdict.INCONCLUSIVE, changes={"latency_p50_us": 1.5})
    assert stage.decision.beyond_margin
    assert gate.main([*COMMANDS, "--output", "out", "--on-inconclusive", "pass"]) == 3


def test_a_gate_is_measured_into_its_folder_and_said(stage, tmp_path, capsys):
    stage.decision = decided(tmp_path, Verdict.NOT_REGRESSED)
    assert gate.main([*COMMANDS, "--output", "out", "--seed", "0", "--margin", "2.5%"]) == 0
    assert stage.ran == [(["async", "pool-8"], Path("out"), 0)]
    options, rule, _, interrupts, builds, details = stage.gates
    assert (options.margin, rule, interrupts, builds) == (0.025, Rule(0.025), "interrupts", None)
    assert details["layouts"] == "as they are"
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["as they are", "every block is in out"]
    assert any(line.split()[:2] == ["async", "capacity"] for line in lines)
    assert lines[2] == "page: out/gate.html"
    assert lines[-2:] == [
        "layouts as they are; baseline a; margin 2.5 %; blocks async 20",
        "Performance gate: not regressed: so",
    ]
    assert stage.pages == [(Path("out/gate.html"), "a", Path("out"), None)] and stage.explained == []


def test_without_a_seed_there_is_a_new_one_and_without_a_folder_a_new_one_too(stage, monkeypatch, tmp_path):
    monkeypatch.setattr(gate.secrets, "randbelow", lambda most: most)
    gate.main([*COMMANDS, "--rate", "100"])
    [(cells, folder, seed)] = stage.ran
    assert seed == 2**31 and cells == ["async", "pool-8", "async@100", "pool-8@100"]
    assert folder.parent == tmp_path / "results" and folder.name.startswith("gate-")


def test_nothing_is_shown_of_a_gate_without_a_block(stage, capsys):
    gate.main([*COMMANDS, "--output", "out"])
    assert "would have seen" not in capsys.readouterr().out


def test_a_folder_that_has_a_gate_is_not_measured_into_again_but_trials_go_on(
    stage, tmp_path, capsys, monkeypatch
):
    write_gate(tmp_path / "out", rows(1))
    assert gate.main([*COMMANDS, "--output", "out"]) == 2 and stage.ran == []
    fix = "name another folder, or judge it again with --replay"
    assert f"--output: out: there is a gate in it already: {fix}" in capsys.readouterr().err
    asked = []
    monkeypatch.setattr(gate, "run_trials", lambda *given: asked.append(given) or "10 real gates\n")
    assert gate.main([*COMMANDS, "--output", "out", "--repeat", "10", "--markdown", "m.md"]) == 0
    [(_, cells, folder)] = asked
    assert folder == Path("out") and [cell.name for cell in cells] == ["async", "pool-8"]
    assert (tmp_path / "m.md").read_text() == "10 real gates\n"
    assert capsys.readouterr().out.splitlines()[:3] == [
        "as they are",
        "trials are in out, where --output goes on with them",
        "10 real gates",
    ]
    assert gate.main(["--check-machine", "--output", "out"]) == 0 and stage.ran == []
    gate.main([*COMMANDS, "--repeat", "10"])
    assert asked[-1][-1].name.startswith("repeat-")


def test_what_grew_is_counted_of_the_cells_that_regressed_and_ends_the_reports(stage, tmp_path, capsys):
    slow = decided(tmp_path, Verdict.REGRESSED, slowdown=0.2)
    clear = decided(tmp_path, Verdict.REGRESSED).results
    at_rate = judged("pool-8@50", blocks(tmp_path / "made", 20, slowdown=0.2), Rule())
    stage.decision = Decision(Verdict.REGRESSED, "so", (*clear, at_rate))
    flags = [*COMMANDS, "--output", "out", "--explain", "--rate", "50", "--markdown", "m.md"]
    assert gate.main(flags) == 1 and stage.explained == [["pool-8"]]
    assert (
        (tmp_path / "m.md").read_text().endswith("\n\n### ❌ Costs per request: grew\n\nit allocates more\n")
    )
    assert "Costs per request: grew: it allocates more" in capsys.readouterr().out.splitlines()
    stage.decision = slow
    assert gate.main([*COMMANDS, "--output", "out", "--explain"]) == 1 and stage.explained[1:] == [["async"]]
    gate.main([*COMMANDS, "--output", "out"])
    stage.decision = decided(tmp_path, Verdict.INCONCLUSIVE, slowdown=0.2)
    gate.main([*COMMANDS, "--output", "out", "--explain", "--markdown", "m.md"])
    assert len(stage.explained) == 2 and "allocates" not in (tmp_path / "m.md").read_text()


def test_a_gate_is_added_to_the_history_and_its_chart_is_on_the_page(stage, tmp_path, capsys):
    stage.decision = decided(tmp_path, Verdict.NOT_REGRESSED)
    flags = [*COMMANDS, "--output", "out", "--history", "h.jsonl", "--html", "p.html", "--junit", "j.xml"]
    assert gate.main(flags) == gate.main(flags) == 0
    assert [each["baseline"] for each in read_history(tmp_path / "h.jsonl")] == ["a", "a"]
    assert stage.pages[0] == (Path("p.html"), "a", Path("out"), "chart of h.jsonl")
    assert ElementTree.parse(tmp_path / "j.xml").getroot().get("failures") == "0"
    (tmp_path / "h.jsonl").write_text("nothing\n")
    with pytest.raises(Exception, match="h.jsonl line 1: not a gate"):
        gate.main(flags)
    assert len(stage.ran) == 2


def test_without_matplotlib_there_is_a_verdict_and_no_page(stage, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gate, "find_spec", lambda name: None)
    assert gate.main([*COMMANDS, "--output", "out"]) == 0
    assert stage.pages == [] and "page: " not in capsys.readouterr().out
    gate.main([*COMMANDS, "--output", "out", "--html", "p.html"])  # asked for: it fails, if it has to
    assert [path for path, *_ in stage.pages] == [Path("p.html")]


def test_what_was_measured_is_judged_again(stage, tmp_path, capsys):
    folder = write_gate(tmp_path / "old", rows(20, slowdown=0.2, cell="pool-8"))
    assert gate.main(["--replay", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "margin 2 %; blocks pool-8 13" in out and "page: " not in out and stage.pages == stage.ran == []
    assert gate.main(["--replay", str(folder), "--margin", "50%", "--html", "p.html"]) == 0
    assert stage.pages == [(Path("p.html"), None, folder, None)]
    (folder / "summary.csv").write_text((folder / "summary.csv").read_text().partition("\n")[0] + "\n")
    assert gate.main(["--replay", str(folder)]) == 3 and "nothing was measured" in capsys.readouterr().out
    assert gate.main(["--replay", "nowhere", "--markdown", "m.md"]) == 2
    line = "--replay: nowhere: no summary.csv in it: name the folder of a gate"
    assert line in capsys.readouterr().err and line in (tmp_path / "m.md").read_text()


def test_a_side_that_cannot_be_built_is_a_failed_gate_in_every_report(stage, tmp_path, monkeypatch, capsys):
    def sides_of(*_: Any) -> Sides:
        raise BenchmarkFailed("--candidate: no such ref")

    monkeypatch.setattr(gate, "sides_of", sides_of)
    assert gate.main([*COMMANDS, "--markdown", "m.md", "--junit", "j.xml"]) == 2
    assert (
        (tmp_path / "m.md").read_text().startswith("### ❌ Performance gate: failed\n\n--candidate: no such")
    )
    assert ElementTree.parse(tmp_path / "j.xml").getroot().get("errors") == "1"
    assert "--candidate: no such ref" in capsys.readouterr().err and stage.ran == []


def test_a_verdict_is_said_though_nothing_of_it_can_be_written(stage, monkeypatch, capsys):
    def write_reports(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gate, "write_reports", write_reports)
    assert gate.main([*COMMANDS, "--output", "out"]) == 2
    assert capsys.readouterr().out.splitlines()[-1] == "Performance gate: not regressed: so"


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_measured(stage, tmp_path):
    for name in ("markdown", "html", "junit", "history"):
        with pytest.raises(Exception, match=f"--{name}: .*: is a folder: name a file"):
            gate.main([*COMMANDS, f"--{name}", str(tmp_path)])
    assert stage.ran == []


OURS = ["--baseline", "x", "--candidate", "y"]


@pytest.mark.parametrize(
    ("flags", "too_short", "enough", "takes"),
    [
        ([*OURS], "48s", "49s", "13 blocks of 2 cells take 48 s"),
        ([*OURS, "--rate", "100"], "96s", "97s", "13 blocks of 4 cells take 96 s"),
        ([*OURS, "--cells", "async", "--block", "2s"], "38s", "40s", "13 blocks of 1 cell take 39 s"),
        ([*COMMANDS, "--block", "2s"], "38s", "40s", "13 blocks of 1 cell take 39 s"),
        ([*COMMANDS, "--block", "2s", "--rate", "9", "--repeat", "2"], "77s", "79s", "13 blocks of 2 cells"),
    ],
)
def test_a_budget_has_to_be_enough_for_the_first_look(
    stage, monkeypatch, capsys, flags, too_short, enough, takes
):
    monkeypatch.setattr(gate, "run_trials", lambda *_: "")
    assert gate.main([*flags, "--output", "out", "--budget", enough]) == 0
    assert gate.main([*flags, "--output", "out", "--budget", too_short]) == 2
    error = capsys.readouterr().err
    assert f"--budget: {too_short[:-1]} s is too short to decide: {takes}" in error
    assert "give more, a shorter --block or fewer --cells" in error


def test_a_machine_is_checked_within_any_budget_and_one_that_is_just_enough_will_do(stage, monkeypatch):
    monkeypatch.setattr(gate, "run_trials", lambda *_: "")
    assert gate.main(["--check-machine", "--output", "out", "--budget", "30s"]) == 0
    monkeypatch.setattr(gate, "block_s", lambda options: 30 / 13)
    assert gate.main([*COMMANDS, "--output", "out", "--budget", "30s"]) == 0
