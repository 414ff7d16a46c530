"""What each quantity of a claim is worth and how it is written, and the sentences that are made of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from made_rows import recording, row
from plans.claims import read_claims
from plans.toml_table import TomlTable
from recordings.recording import Recording
from words.claims import Judged, claim_answers, unknown_quantities

CLASSES = [{"name": "slow", "weight": 1, "waits": True}, {"name": "fast", "weight": 2}]
ENTRY = {"name": "w", "requests": 91, "connections": 7, "classes": CLASSES, "wait_ms": 50}
OPTIONS = ["--pool", "10", "--none", "0", "--patience", "1500ms", "--mode", "lifo", "--last"]


def ran(variant: str = "a", makespan_ms: float | None = 100.0, **others: Any) -> SimpleNamespace:
    return row(variant, **{"makespan_ms": makespan_ms, "server_threads_peak": 3} | others)


def made(*rows: SimpleNamespace, claims: list[dict[str, Any]], **entry: Any) -> Recording:
    variants = [{"name": "a", "command": ["server", *OPTIONS]}, {"name": "b"}, {"name": "c", "command": []}]
    claims = [{"workload": "w", "variants": ["a"]} | claim for claim in claims]
    return recording(rows, claims=claims, variants=variants, workloads=[ENTRY | entry], wait_ms=9)


def told(text: str | list[str], *rows: SimpleNamespace, **of_claim: Any) -> str:
    """What a claim that is only told says of the rows, or else of one of `a`."""
    [answer] = claim_answers(made(*(rows or [ran()]), claims=[{"tells": text} | of_claim])) or [""]
    return answer


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ("variant", "a"),
        ("makespan", "100 ms"),
        ("threads", "3 threads"),
        ("p99 of fast", "4.00 ms"),
        ("p99 of none", None),
        ("requests", "91"),
        ("connections", "7"),
        ("requests of fast", "60"),
        ("requests of slow", "30"),
        ("N", "30"),
        ("t", "50 ms"),
        ("failed", None),
        ("--pool", "10"),
        ("--none", None),
        ("--patience", "1.5 s"),
        ("--mode", "lifo"),
        ("--last", None),
        ("--pool by b", None),
        ("--pool by c", None),
        ("makespan by b", None),
        ("makespan under v", None),
        ("N under v", None),
        ("threads / threads", "1"),
        ("N / connections", "5"),
        ("0.5 * N / connections", "3"),
        ("N * t / makespan", "15.0×"),
        ("makespan / 2 * t", "1.00×"),
        ("makespan / N", "3,333×"),
        ("N / variant", None),
        ("N / --mode", None),
        ("idle_memory", None),
    ],
)
def test_a_quantity_is_written_as_what_it_is_or_ends_the_sentence(quantity: str, text: str | None) -> None:
    assert told(["So.", f"{{{quantity}}}."], ran(classes={"fast": 4})) == (f"So. {text}." if text else "So.")


def test_what_a_workload_does_not_declare_is_not_known() -> None:
    def of(quantity: str, **entry: Any) -> list[Any]:
        return claim_answers(made(ran(), claims=[{"tells": [f"{{{quantity}}}"]}], **entry))

    assert of("N", requests=None) == of("N", classes=None) == of("requests", classes=[]) == []
    assert of("t", wait_ms=None) == ["9 ms"], "that of the suite"
    assert of("N", classes=CLASSES[1:]) == [], "none that waits"
    without = made(ran(), claims=[{"tells": ["{t}"]}], wait_ms=None)
    without.run["wait_ms"] = None
    assert claim_answers(without) == []


def test_a_figure_of_runs_that_do_not_count_or_of_the_generator_ends_the_sentence() -> None:
    assert told(["Yes.", "{makespan}"], ran(verdict="invalid")) == "Yes."
    limited = ran(makespan_ms=None, client_bound=True)
    assert told(["Yes.", "{cpu}", "{throughput}"], limited) == "Yes. 20.0 µs"
    assert told(["Yes.", "{rate}"], limited) == "Yes." and told("{rate}", ran(makespan_ms=None)) == "1,000"


def test_requests_that_failed_are_counted_of_runs_in_which_nothing_else_was_wrong() -> None:
    rows = [ran(ok=97, reset=3), ran(repetition=2), ran(repetition=3, ok=1, reset=99, verdict="invalid")]
    assert told("{failed}", *rows) == "3 of 200"
    assert told(["Yes.", "{failed by b}"], *rows) == "Yes."
    assert told("{8 * failed / connections}", *rows) == "4", "a number of them, and no ratio"


def test_a_claim_speaks_of_the_first_of_its_variants_that_ran_and_of_each_that_has_a_figure() -> None:
    of = {"variants": ["b", "a"], "each": "`{variant}` {makespan}"}
    assert told("{variant}: {makespan}; {each}", **of) == "a: 100 ms; `a` 100 ms"
    both = [ran(), ran("b", 50.0)]
    assert told("{variant}: {each}", *both, **of) == "b: `b` 50.0 ms and `a` 100 ms"
    assert told(["Yes.", "{each}"], variants=["b"], each="{makespan}") == "Yes."
    assert told(["Yes.", "{each}"]) == "Yes.", "it says nothing of each"


@pytest.mark.parametrize(
    ("holds", "is_told"),
    [
        ("makespan <= 2 * t", True),
        ("makespan < 2 * t", False),
        ("makespan >= 2 * t", True),
        ("makespan > 2 * t", False),
        (["makespan > 1 * t", "makespan < 3 * t"], True),
        (["makespan > 1 * t", "makespan < 1 * t"], False),
        (["makespan > 1 * t", "makespan by b < 3 * t"], False),
        ("idle_memory < 3", False),
    ],
)
def test_a_claim_is_told_where_all_that_it_demands_holds(holds: Any, is_told: bool) -> None:
    assert told("It holds.", holds=holds) == ("It holds." if is_told else "")


TESTED = {"says": "Fast.", "holds": "makespan < 2.1 * t", "each": "`{variant}` {makespan}",
          "variants": ["a", "c"], "others": ["b"], "condition": "it is a"}  # fmt: skip


def judged(*rows: SimpleNamespace, **of_claim: Any) -> list[Any]:
    return claim_answers(made(*rows, claims=[TESTED | of_claim]))


def test_a_claim_that_is_tested_is_judged_of_whom_it_is_made_and_of_the_others() -> None:
    both = [ran("b", 300.0), ran("a"), ran("c", 90.0)]
    [only] = judged(*both, remark="Quite.")
    assert only == Judged(
        "Fast.", "True of: `a` 100 ms and `c` 90.0 ms. Not of: `b` 300 ms.", "holds only if it is a", "Quite."
    )
    assert str(only) == (
        "“Fast.” **Holds only if it is a.** True of: `a` 100 ms and `c` 90.0 ms. Not of: `b` 300 ms. Quite."
    )
    assert str(judged(ran("a"))[0]) == "“Fast.” **Holds.** True of: `a` 100 ms."
    assert str(judged(ran("a", 110.0))[0]) == "“Fast.” **Does not hold.** Not of: `a` 110 ms."
    assert judged(ran("b"), ran("c", 110.0))[0].verdict == "holds only of `b`"
    assert judged(ran("a", verdict="invalid")) == [], "nobody was measured"
    assert judged(ran("a"), each="{p99 of fast}") == [], "nor is there a figure to tell"


def test_a_claim_of_a_workload_that_was_not_run_is_none_of_the_recordings() -> None:
    claims = [{"workload": "v", "tells": "No."}, {"tells": "Yes."}]
    assert claim_answers(made(ran(), claims=claims)) == ["Yes."]


def test_a_quantity_of_a_class_is_its_p99_or_its_number_and_an_option_may_have_any_name() -> None:
    claim = {"workload": "w", "holds": ["p99 of x < --any * failed", "requests of x > mean of x"]}
    claim |= {"tells": "{each}"}
    known = {"workload": "w", "tells": "{N} {t} {variant} {connections} {cpu}"}
    assert unknown_quantities(read_claims(TomlTable("run.json", {"claims": [claim, known]}))) == [
        "claims, w, holds: no such quantity 'mean': there is p99, requests"
    ]
