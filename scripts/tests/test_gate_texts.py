"""A decision of made-up figures, whole: as lines, on a terminal, as Markdown, JUnit and verdict.json."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from gating.verdict import CellResult, Decision, ErrorResult, MetricResult, Rule, Verdict
from gating.words import change_text, finite, judgement, percent, slowdown_text, so_far, verdict_figures
from stats.comparison import Interval
from synthetic_gate import lines

CLEAR = MetricResult(
    "capacity", True, True, "", (20_000.4, 20_200.0), 0.01, Interval(0.0, 0.02), 0.0202, False, 0.05
)
WORSE = replace(CLEAR, name="throughput", levels=(500, 400), estimate=-0.2, interval=Interval(-0.3, -0.1))
OPEN = replace(CLEAR, name="p50", can_fail=False, must_pass=False, note="a note", levels=(64.0, 70.0))
OPEN = replace(OPEN, estimate=-0.09, interval=Interval(-math.inf, math.inf), detectable=math.inf)
SLOW_TAIL = replace(WORSE, name="p99", can_fail=False, looks_worse=True, levels=(110.0, 2_000.0))
RESULT = CellResult(
    "async",
    14,
    {metric.name: metric for metric in (CLEAR, WORSE, OPEN, SLOW_TAIL)},
    ErrorResult(3, 1, (2, 1_000)),
    worse=("throughput",),
    unclear=("p99", "errors"),
)
DECISION = Decision(Verdict.REGRESSED, "throughput of async: worse", (RESULT, CellResult("pool-8", 1)))


def with_errors(**changes) -> Decision:
    return replace(DECISION, results=(replace(RESULT, **changes),))


def test_every_metric_and_the_errors_have_a_line():
    assert [tuple(line) for line in lines(DECISION)] == [
        (
            "async",
            "capacity",
            "20,000 req/s of CPU",
            "20,200 req/s of CPU",
            "+1.0 % [+0.0, +2.0]",
            "2.0 %",
            "not worse",
            "4.9 %",
            "",
        ),
        (
            "async",
            "throughput",
            "500 req/s",
            "400 req/s",
            "-18.1 % [-25.9, -9.5]",
            "2.0 %",
            "worse",
            "4.9 %",
            "bad",
        ),
        (
            "async",
            "p50",
            "64.0 µs",
            "70.0 µs",
            "+9.4 % [?, ?]",
            "2.0 %",
            "unclear, shown only; a note",
            "–",
            "quiet",
        ),
        (
            "async",
            "p99",
            "110 µs",
            "2.00 ms",
            "+22.1 % [+10.5, +35.0]",
            "2.0 %",
            "worse, shown only",
            "5.1 %",
            "quiet",
        ),
        (
            "async",
            "errors",
            "2",
            "1,000",
            "more in 3 blocks, fewer in 1",
            "–",
            "unclear",
            "–",
            "",
        ),
    ]


def test_what_is_unclear_and_still_lets_a_gate_pass_says_so():
    unclear = replace(CLEAR, interval=Interval(-0.5, 0.5))
    for name, in_the_way, finding in (
        ("p99", (), "unclear, not needed to pass"),
        ("p99", ("p99",), "unclear"),
        ("p50", (), "unclear, shown only"),
    ):
        metric = replace(unclear, name=name, can_fail=name == "p99")
        [line] = lines(
            Decision(Verdict.NOT_REGRESSED, "", (CellResult("a", 9, {name: metric}, unclear=in_the_way),))
        )
        assert line.finding == finding


def test_errors_have_a_line_once_there_are_any_and_say_whether_they_rise():
    assert [line.metric for line in lines(with_errors(errors=ErrorResult()))][-1] == "p99"
    for worse, unclear, finding in (
        (("errors",), (), "more errors"),
        ((), ("errors",), "unclear"),
        ((), (), "not more"),
    ):
        line = lines(with_errors(worse=worse, unclear=unclear, errors=ErrorResult(0, 1, (1, 0))))[-1]
        assert (line.metric, line.finding, line.kind) == ("errors", finding, "bad" * bool(worse))


def test_a_table_marks_what_regressed_mutes_what_is_only_shown_and_spares_what_can_be_looked_up():
    [table] = judgement(DECISION, Rule(), {}).tables
    assert [row[1].text + ":" + row[6].kind for row in table.rows] == [
        "capacity:",
        "throughput:bad",
        "p50:quiet",
        "p99:quiet",
        "errors:",
    ]
    by_expendability = sorted(table.columns, key=lambda column: -column.expendable)
    assert [(column.heading, column.expendable) for column in by_expendability[:5]] == [
        ("baseline", 3),
        ("candidate", 3),
        ("would have seen", 2),
        ("margin", 1),
        ("cell", 0),
    ]
    assert [c.heading for c in table.columns if c.is_words] == ["cell", "metric", "finding"]
    assert table.columns[4].heading == "change [95 %, all looks]"


def test_a_pull_request_is_shown_the_verdict_the_metrics_and_where_it_was_measured():
    quiet = replace(DECISION, results=(replace(RESULT, metrics={"capacity": CLEAR}, errors=ErrorResult()),))
    machine = {"machine": {"cpu": "A CPU", "cores": 2}, "build": {}, "rate": None, "serve_cmd": ["x"]}
    about = {"baseline": "v1", "candidate": "HEAD", "layouts": "anew", "block_ms": 1000, **machine}
    assert judgement(quiet, Rule(margin=0.025), about).markdown() == (
        "### ❌ Performance gate: regressed\n"
        "\n"
        "throughput of async: worse\n"
        "\n"
        "**Changes**\n"
        "\n"
        "| cell | metric | baseline | candidate | change [95 %, all looks] | margin | finding "
        "| would have seen |\n"
        "|---|---|---:|---:|---:|---:|---|---:|\n"
        "| async | capacity | 20,000 req/s of CPU | 20,200 req/s of CPU | +1.0 % [+0.0, +2.0] | 2.0 % "
        "| not worse | 4.9 % |\n"
        "\n"
        "baseline `v1`; candidate `HEAD`; layouts `anew`; block_ms `1000`; machine `A CPU, 2 cores`; "
        "margin `2.5 %`; blocks `async 14`\n"
    )
    nothing = Decision(Verdict.INVALID, "the machine is too busy", ())
    assert judgement(nothing, Rule(), {"candidate": "HEAD"}).markdown() == (
        "### ⚠️ Performance gate: invalid\n\nthe machine is too busy\n\n"
        "candidate `HEAD`; margin `2 %`; blocks `none`\n"
    )
    assert judgement(DECISION, Rule(), {}).notes == [
        "p99 of async looks worse than the margin: shown only, yet no pass"
    ]


def test_each_verdict_has_its_sign_and_its_kind_in_junit():
    shown = {}
    for verdict in Verdict:
        ended = judgement(Decision(verdict, "so", ()), Rule(), {})
        kind = next((k for k in ("failure", "error", "skipped") if f"<{k} " in ended.junit()), None)
        shown[str(verdict)] = (ended.markdown()[4:6].strip(), kind)
    assert shown == {
        "not regressed": ("✅", None),
        "regressed": ("❌", "failure"),
        "failed": ("❌", "error"),
        "inconclusive": ("⚠️", "skipped"),
        "invalid": ("⚠️", "skipped"),
    }


def test_junit_has_a_case_for_the_gate_and_each_gated_metric():
    assert judgement(DECISION, Rule(), {}).junit() == (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        '<testsuite name="gate" tests="4" failures="2" errors="0" skipped="1">\n'
        '  <testcase classname="gate" name="verdict">\n'
        '    <failure message="regressed: throughput of async: worse" />\n'
        "  </testcase>\n"
        '  <testcase classname="gate.async" name="capacity" />\n'
        '  <testcase classname="gate.async" name="throughput">\n'
        '    <failure message="worse: 500 req/s to 400 req/s, -18.1 % [-25.9, -9.5]" />\n'
        "  </testcase>\n"
        '  <testcase classname="gate.async" name="errors">\n'
        '    <skipped message="unclear: 2 to 1,000, more in 3 blocks, fewer in 1" />\n'
        "  </testcase>\n"
        "</testsuite>\n"
    )


def test_the_verdict_is_kept_with_the_rule_and_what_it_was_measured_on():
    figures = verdict_figures(DECISION, Rule(margin=0.05), {"baseline": "v1", "seed": 3})
    async_cell, pool = figures.pop("cells")
    assert figures == {
        "verdict": "regressed",
        "exit_code": 1,
        "reason": "throughput of async: worse",
        "advisory_beyond_margin": ["p99 of async"],
        "rule": {
            "margin": 0.05,
            "alpha_regressed": 0.01,
            "alpha_not_regressed": 0.04,
            "looks": [13, 22, 36, 60, 100, 170],
        },
        "baseline": "v1",
        "seed": 3,
    }
    assert (async_cell["cell"], async_cell["blocks"], async_cell["worse"]) == ("async", 14, ["throughput"])
    assert async_cell["metrics"]["p50"]["interval"] == [None, None]
    assert async_cell["metrics"]["p50"]["detectable"] is None
    assert async_cell["metrics"]["capacity"]["interval"] == [0.0, 0.02]
    assert async_cell["errors"] == {"more": 3, "fewer": 1, "failed": [2, 1000]} and pool["blocks"] == 1


def test_what_has_no_bound_is_null_wherever_it_is():
    nested = {"a": (1.5, math.inf), "b": [-math.inf, "x", 3], "c": {"d": math.nan}, "e": None}
    assert finite(nested) == {"a": [1.5, None], "b": [None, "x", 3], "c": {"d": None}, "e": None}


def test_how_far_a_gate_is_names_the_worst_gated_metric_of_each_cell_that_has_any():
    clear = CellResult("pool-8", 13, {"capacity": CLEAR, "p50": replace(OPEN, estimate=-9.0)})
    assert so_far((RESULT, CellResult("sequential", 1), clear)) == (
        "async 14 blocks: throughput -18.1 % [-25.9, -9.5], worse; "
        "pool-8 13 blocks: capacity +1.0 % [+0.0, +2.0], clear"
    )


def test_changes_are_those_of_the_metric_itself_with_the_lower_end_first():
    assert change_text("throughput", -0.05, (-0.1, 0.0)) == "-4.9 % [-9.5, +0.0]"
    assert change_text("p99", -0.05, (-0.1, 0.0)) == "+5.1 % [+0.0, +10.5]"
    assert change_text("p99", -0.0, (-math.inf, 0.1)) == "+0.0 % [-9.5, ?]"


def test_log_ratios_become_per_cent_and_what_overflows_is_infinite():
    assert percent(math.log(1.5)) == pytest.approx(50) and percent(math.log(0.5)) == pytest.approx(-50)
    assert math.isfinite(percent(699.0)) and percent(700.0) == math.inf
    assert slowdown_text(-math.log(0.917)) == "8.3 %"


def test_a_headline_is_the_verdict_with_its_reason_and_blocks_are_counted_by_cell():
    assert str(DECISION) == "regressed: throughput of async: worse"
    assert judgement(DECISION, Rule(), {}).title == "Performance gate: regressed"
    assert judgement(DECISION, Rule(), {}).facts["blocks"] == "async 14, pool-8 1"
