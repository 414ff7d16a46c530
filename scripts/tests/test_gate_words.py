"""What a gate prints and writes: signs, escapes, and figures that are not bounded."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

from gating import duel
from gating.core_time import busy_share, steal_share, times_of
from gating.files import junit, markdown, verdict_json
from gating.lines import headline, lines, percent, slowdown_text
from gating.options import GateOptions
from gating.procedure import CellState, Decision
from gating.quad import invalid_text
from gating.verdict import Rule, Verdict
from processes.cores import Pins
from synthetic_gate import invalid, quads, slices

RULE = Rule()


def decision(verdict: Verdict, count: int = 12, **changes) -> Decision:
    state = CellState("async", quads(count, **changes), verdict=verdict)
    if verdict is Verdict.REGRESSED:
        state.regressed = ("capacity",)
    return Decision(verdict, "because <of> & this", (state,))


def test_a_slower_candidate_has_less_throughput_and_more_latency():
    capacity, observed, p50, p99 = lines(decision(Verdict.REGRESSED, slowdown=0.1, noise=0.001), RULE)
    assert capacity.change.startswith("-10.") or capacity.change.startswith("-9.9")
    assert p99.change.startswith("+11.")
    assert (capacity.regressed, observed.regressed, p50.gated) == (True, False, False)
    assert capacity.finding == "worse by more than 5 %"


def test_what_is_not_bounded_is_a_question_mark_and_null():
    few = decision(Verdict.INCONCLUSIVE, count=2)
    assert "[?, ?]" in lines(few, RULE)[0].change
    assert lines(few, RULE)[0].detectable == "none"
    metric = json.loads(verdict_json(few, RULE, {}))["cells"][0]["metrics"]["capacity"]
    assert metric["interval"] == [None, None] and metric["detectable"] is None


def test_the_client_bound_rate_is_shown_and_marked():
    page = markdown(decision(Verdict.NOT_REGRESSED, client_bound=True), RULE, {"baseline": "main"})
    assert "client-bound: the generator had no core left on either side" in page and "baseline `main`" in page


def test_junit_escapes_and_counts():
    suite = ElementTree.fromstring(junit(decision(Verdict.REGRESSED, slowdown=0.1), RULE))
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    assert "because <of> & this" in suite.find("testcase/failure").get("message")


def test_a_failure_without_a_slice_is_reported_all_the_same():
    failed = Decision(Verdict.FAILED, "the candidate did not start", ())
    assert "did not start" in markdown(failed, RULE, {})
    assert ElementTree.fromstring(junit(failed, RULE)).get("errors") == "1"
    assert json.loads(verdict_json(failed, RULE, {}))["exit_code"] == 2


def test_errors_have_a_line_of_their_own():
    line = lines(decision(Verdict.INCONCLUSIVE, failed_share=0.01), RULE)[-1]
    assert (line.metric, line.baseline, line.change) == ("errors", "0", "more in 12 quads, fewer in 0")


def test_log_ratios_are_shown_as_shares():
    assert round(percent(-0.0513), 2) == -5.0
    assert slowdown_text(0.0513) == "5.0 %"


def test_steal_is_a_share_of_the_cores_own_time(tmp_path):
    stat = tmp_path / "stat"
    stat.write_text("cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 10 0 10 80 0 0 0 0 0 0\ncpu1 1 2 3 4 5 6 7 8 0 0\n")
    before = times_of(0, stat)
    stat.write_text("cpu0 60 0 20 100 0 0 0 20 5 5\n")
    assert steal_share(before, times_of(0, stat)) == 0.2
    assert steal_share(before, before) is None
    assert times_of(1, stat) is times_of(None, tmp_path / "none") is None
    assert steal_share(None, before) is None


def test_a_core_is_busy_for_all_but_its_idle_time():
    before, after = [10, 0, 10, 80, 0, 0, 0, 0], [60, 0, 20, 100, 10, 0, 0, 10]
    assert busy_share(before, after) == 0.7
    assert busy_share(before, before) is busy_share(None, after) is None


def test_a_machine_too_busy_is_named_and_not_the_server(monkeypatch):
    last = invalid(slices(1)[1], 4)[-1]
    assert invalid_text("async", last).endswith(f"is too busy, load 1.5; the {last.side} is not to blame")
    gate = duel.Duel([], GateOptions(), Path(), None, None, None, 0.0, Pins(server=0, client=1))
    monkeypatch.setattr(duel, "times_of", lambda core: [190, 0, 0, 10, 0, 0, 0, 0])
    idle = [100, 0, 0, 0, 0, 0, 0, 0]
    assert "the machine is too busy, other programs had 90% of core 1" in gate._busy_text(idle, 0.0)
    assert gate._busy_text(idle, 0.85) == ""


def test_what_is_shown_only_and_beyond_the_margin_is_said_with_the_verdict():
    made = quads(12)
    slow = [replace(q, difference=q.difference | {"p99": q.difference["p99"] - 0.5}) for q in made]
    told = Decision(Verdict.INCONCLUSIVE, "so", (CellState("async", slow),))
    assert (
        headline(told, RULE)
        == "inconclusive: so; shown only, and worse by more than the margin: p99 of async"
    )
    assert json.loads(verdict_json(told, RULE, {}))["advisory_beyond_margin"] == ["p99 of async"]
