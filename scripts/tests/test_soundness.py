"""Which run counts: the one rule that every table, sentence, chart and comparison stands on."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from metrics.metrics import counted, counts, done_by, is_rate_of_the_generator, why_not


def run(verdict: str = "valid", requests: int = 100, ok: int = 100, client_bound: bool | None = False):
    return SimpleNamespace(verdict=verdict, requests=requests, ok=ok, client_bound=client_bound)


def test_a_valid_run_that_answered_everything_counts():
    assert counts(run()) and why_not(run()) is None


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (run(verdict="invalid"), "invalid"),
        (run(verdict="failed"), "failed"),  # by the bench: its server died or had to be killed
        (run(ok=99), "with errors"),
        (run(verdict="invalid", ok=0), "invalid"),
    ],
)
def test_any_other_does_not_and_is_said_why(broken, reason):
    assert not counts(broken) and why_not(broken) == reason


def test_those_that_count_keep_their_order():
    runs = [run(requests=1, ok=1), run(ok=3), run(requests=2, ok=2), run("invalid")]
    assert counted(runs) == [runs[0], runs[2]]


def test_a_rate_is_the_generators_only_where_it_said_so():
    assert is_rate_of_the_generator(run(client_bound=True))
    assert not is_rate_of_the_generator(run()) and not is_rate_of_the_generator(run(client_bound=None))


def test_a_reply_was_there_when_it_was_read_unless_the_run_says_otherwise():
    assert done_by(SimpleNamespace(done_by="kernel")) == "kernel"
    assert done_by(SimpleNamespace(done_by=None)) == done_by(SimpleNamespace()) == "read"
