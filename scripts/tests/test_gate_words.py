"""What a gate prints and writes: signs, escapes, and figures that are not bounded."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from charts.palette import FAILED
from gating.page import history_chart
from gating.verdict import Decision, Rule, Verdict, judged
from gating.words import (
    add_to_history,
    judgement,
    percent,
    read_history,
    slowdown_text,
    so_far,
    verdict_figures,
)
from recordings.csv_table import ResultsError

from synthetic_gate import blocks, lines

RULE = Rule()


@pytest.fixture
def decision(tmp_path):
    def make(verdict: Verdict, count: int = 20, **changes) -> Decision:
        result = judged("async", blocks(tmp_path, count, **changes), RULE)
        return Decision(verdict, "because <of> & this", (result,))

    return make


def test_a_slower_candidate_has_less_throughput_and_more_latency(decision):
    capacity, throughput, p50, p99 = lines(decision(Verdict.REGRESSED, slowdown=0.1, noise=0.001))
    assert capacity.change.startswith("-10.") or capacity.change.startswith("-9.9")
    assert p99.change.startswith("+11.")
    assert (capacity.kind, p99.kind, p50.kind) == ("bad", "bad", "quiet")
    assert (capacity.finding, p50.finding, capacity.margin) == ("worse", "worse, shown only", "2.0 %")


def test_what_is_not_bounded_is_a_question_mark_and_null(decision):
    few = decision(Verdict.INCONCLUSIVE, count=2)
    assert "[?, ?]" in lines(few)[0].change
    assert lines(few)[0].would_have_seen == "–"
    metric = verdict_figures(few, RULE, {})["cells"][0]["metrics"]["capacity"]
    assert metric["interval"] == [None, None] and metric["detectable"] is None


def test_words_are_set_left_and_figures_right(decision):
    [table] = judgement(decision(Verdict.REGRESSED), RULE, {}).tables
    columns = {column.heading: column.is_words for column in table.columns}
    assert [name for name, is_words in columns.items() if is_words] == ["cell", "metric", "finding"]


def test_the_client_bound_rate_is_marked(decision):
    bound = decision(Verdict.NOT_REGRESSED, client_bound=True)
    page = judgement(bound, RULE, {"baseline": "main"}).markdown()
    assert "not worse; the generator was the limit" in page and "baseline `main`" in page


def test_junit_escapes_and_counts(decision):
    suite = ElementTree.fromstring(judgement(decision(Verdict.REGRESSED, slowdown=0.1), RULE, {}).junit())
    assert (suite.get("tests"), suite.get("failures")) == ("4", "4")
    assert "because <of> & this" in suite.find("testcase/failure").get("message")


def test_a_failure_without_a_block_is_reported_all_the_same():
    failed = Decision(Verdict.FAILED, "the candidate did not start", ())
    assert "did not start" in judgement(failed, RULE, {}).markdown()
    assert ElementTree.fromstring(judgement(failed, RULE, {}).junit()).get("errors") == "1"
    assert verdict_figures(failed, RULE, {})["exit_code"] == 2


def test_errors_have_a_line_of_their_own(decision):
    line = lines(decision(Verdict.INCONCLUSIVE, failed_share=0.01))[-1]
    assert (line.metric, line.baseline, line.change) == ("errors", "0", "more in 20 blocks, fewer in 0")
    assert (line.finding, line.kind) == ("more errors", "bad")


def test_log_ratios_are_shown_as_shares():
    assert round(percent(-0.0513), 2) == -5.0
    assert slowdown_text(0.0513) == "5.0 %"
    assert slowdown_text(0.0513, "p99") == "5.3 %"  # as its change is written: 1.053 times as long


def test_how_far_it_is_names_the_worst_of_what_can_fail(decision):
    result = decision(Verdict.INCONCLUSIVE, changes={"throughput_rps": 0.9}).results
    assert so_far(result).startswith("async 20 blocks: throughput -1") and so_far(result).endswith("worse")
    assert so_far(()) == "nothing to say yet"


def test_the_history_has_a_line_with_each_change_and_a_chart_of_all(decision, tmp_path):
    path = tmp_path / "gates.jsonl"
    equal = decision(Verdict.NOT_REGRESSED, noise=0.001)
    add_to_history(path, equal, {"baseline": "v1", "candidate": "HEAD", "started_at": "2026-10-05T10:00:00Z"})
    before = path.read_text()
    history_chart(path)
    calm = (tmp_path / "gates.svg").read_text()
    add_to_history(path, decision(Verdict.REGRESSED, slowdown=0.1), {"started_at": "2026-10-06T10:00:00Z"})
    add_to_history(path, Decision(Verdict.FAILED, "it did not start", ()), {})
    assert path.read_text().startswith(before) and before.count("\n") == 1
    first, second, failed = read_history(path)
    assert (first["baseline"], first["verdict"], first["worse"]) == ("v1", "not regressed", [])
    assert first["changes"]["async capacity"][0] == pytest.approx(0, abs=0.001)
    assert "async throughput" in second["worse"] and failed["changes"] == {}
    history_chart(path)
    chart = (tmp_path / "gates.svg").read_text()
    assert "async capacity" in chart and "06 Oct" in chart and "2 gates, the last regressed" in chart
    assert chart.count(FAILED) > calm.count(FAILED)
    assert judgement(equal, RULE, {}).facts["blocks"] == "async 20"


def test_a_line_that_is_no_gates_is_named(tmp_path):
    (tmp_path / "history.jsonl").write_text('{"verdict": "failed", "worse": [], "changes": {}}\nnothing\n')
    with pytest.raises(ResultsError, match="history.jsonl line 2: not a gate: correct or remove it"):
        read_history(tmp_path / "history.jsonl")


def test_what_is_shown_only_and_beyond_the_margin_is_in_the_verdict(decision):
    slow = decision(Verdict.INCONCLUSIVE, changes={"latency_p50_us": 1.5})
    assert verdict_figures(slow, RULE, {})["advisory_beyond_margin"] == ["p50 of async"]
