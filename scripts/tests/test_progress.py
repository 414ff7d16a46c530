"""How long is left is said from what was expected and from what the runs so far took."""

from __future__ import annotations

import io
import sys
import threading

import pytest
from rich.console import Console

from plans.suite import OVERHEAD_S, Run
from benching.bench import RunProgress
from plans.variant import Variant
from plans.workload import RequestClass, Workload

CLASS = RequestClass("long", 1, "/task?wait_ms=1000", True)
WORKLOAD = Workload("all-long", 100, 100, "fresh", (CLASS,), wait_ms=1000)
RUNS = [Run(Variant(name, "server", (), None), WORKLOAD, 1) for name in ("a", "b", "c")]
EXPECTED_S = 1 + OVERHEAD_S


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def progress_of(runs: list[Run], clock: Clock) -> RunProgress:
    return RunProgress(runs, Console(file=io.StringIO()), clock)


def test_before_the_first_run_all_of_the_expected_time_is_left():
    assert progress_of(RUNS, Clock()).left_s() == pytest.approx(3 * EXPECTED_S)


def test_a_run_under_way_counts_down_but_not_below_nothing():
    clock = Clock()
    progress = progress_of(RUNS, clock)
    clock.now_s += 0.5
    assert progress.left_s() == pytest.approx(3 * EXPECTED_S - 0.5)
    clock.now_s += 1000
    assert progress.left_s() == pytest.approx(2 * EXPECTED_S)


def test_runs_that_took_longer_correct_what_is_left():
    clock = Clock()
    progress = progress_of(RUNS, clock)
    clock.now_s += EXPECTED_S + 0.1
    progress.end("", None)
    assert progress.left_s() == pytest.approx(2 * (EXPECTED_S + 0.1))


def test_nothing_is_left_at_the_end():
    progress = progress_of(RUNS[:1], Clock())
    progress.end("", None)
    assert progress.left_s() == 0


def test_without_a_terminal_each_run_is_a_plain_line():
    text = io.StringIO()
    progress = RunProgress(RUNS, Console(file=text, width=20))
    assert not progress.redraws
    with progress:
        progress.tick()
        progress.end("1003.1 ms", None)
        progress.tick()
        progress.end("", "the server [red] exited with 3")
    first, second = text.getvalue().splitlines()
    assert first.startswith("1/3 all-long, a, repetition 1: 1003.1 ms (") and first.endswith("s left)")
    assert "2/3 all-long, b, repetition 1: FAILED: the server [red] exited with 3" in second


def test_a_terminal_that_cannot_redraw_gets_plain_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert not RunProgress(RUNS, Console(file=io.StringIO(), force_terminal=True)).redraws


def test_on_a_terminal_there_is_a_bar_and_a_line_for_what_failed(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    text = io.StringIO()
    progress = RunProgress(RUNS, Console(file=text, width=120, force_terminal=True))
    assert progress.redraws
    with progress:
        progress.tick()
        progress.end("1003.1 ms", None)
        progress.tick()
        progress.end("", "the server exited with 3")
    assert "run 1 of 3" in text.getvalue() and "left" in text.getvalue()
    assert "all-long, b, repetition 1: FAILED: the server exited with 3" in text.getvalue()
    assert "1003.1 ms" not in text.getvalue()


def on_a_terminal(monkeypatch, clock: Clock) -> tuple[RunProgress, io.StringIO]:
    """Without colours what is left of the bar is not drawn."""
    monkeypatch.setenv("TERM", "xterm-256color")
    text = io.StringIO()
    return RunProgress(RUNS, Console(file=text, width=120, force_terminal=True, no_color=True), clock), text


def test_the_bar_is_as_long_as_the_time_that_has_passed(monkeypatch):
    clock = Clock()
    shown, text = on_a_terminal(monkeypatch, clock)

    def drawn() -> int:
        text.seek(text.truncate(0))
        shown.tick()
        return text.getvalue().count("━")

    with shown as progress:
        progress.tick()
        assert drawn() == 0
        clock.now_s += EXPECTED_S
        assert drawn() == 10
        progress.end("", None)
        progress.tick()
        assert drawn() == 10
        clock.now_s += 100  # longer than all of it was expected to take
        progress.end("", None)
        progress.tick()
        assert drawn() == 0


def test_the_bar_is_drawn_by_no_thread_leaves_prints_alone_and_is_gone_at_the_end(monkeypatch):
    shown, text = on_a_terminal(monkeypatch, Clock())
    before = sys.stdout, sys.stderr, threading.active_count()
    with shown as progress:
        progress.tick()
        assert (sys.stdout, sys.stderr, threading.active_count()) == before
        text.seek(text.truncate(0))
    assert text.getvalue().endswith("\x1b[1A\x1b[2K")  # up to its line, which is cleared


def test_runs_that_end_at_once_leave_nothing_to_wait_for():
    progress = progress_of(RUNS, Clock())
    progress.end("", None)
    assert progress.left_s() == 0
