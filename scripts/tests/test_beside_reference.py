"""A reference beside each other subject, in pairs: what it needs and serves, and what is not compared."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from made_rows import recording
from metrics.digest import digests
from test_comparisons import OPEN, even, runs
from words.rankings import beside_reference


def beside(*rows: list[SimpleNamespace], **about: Any) -> list[str]:
    made = recording(sum(rows, []), **{"workloads": [{"name": "w", "reference": "r"}]} | about)
    return list(beside_reference(made, digests(made)))


def costs(subject: str, cost_us: float, rps: float, count: int = 8, **others: Any) -> list[SimpleNamespace]:
    return runs(subject, even(cost_us, count), "server_cpu_us_per_request", throughput_rps=rps, **others)


def test_a_reference_is_held_beside_each_other_that_the_generator_did_not_limit():
    rows = [costs("r", 9, 3000), costs("a", 12, 2000), costs("b", 10, 9999, 9, client_bound=True)]
    rows += [costs("c", 9, 3000, 3)]
    assert beside(*rows) == [
        "**w**, `r` in pairs: CPU per request 9.00 µs; 0.75× [0.75, 0.75] of `a`’s and 0.90× [0.90, 0.90] of "
        "`b`’s; too few repetitions (8 pairs are needed): 0.97× of `c`’s; throughput 3,000 req/s; 1.50× "
        "[1.50, 1.50] of `a`’s; not ranked, the generator’s limit: `b`; too few repetitions (8 pairs are "
        "needed): 1.00× of `c`’s (pairs: 3 to 8; exact intervals, corrected for 5 rows)."
    ]  # fmt: skip


def test_a_reference_that_the_generator_limited_serves_at_least_its_rate():
    limited = beside(costs("r", 9, 3000, client_bound=True), costs("a", 12, 2000))
    assert limited == [
        "**w**, `r` in pairs: CPU per request 9.00 µs; 0.75× [0.75, 0.75] of `a`’s; throughput at least "
        "3,000 req/s; not ranked, the generator’s limit: `a` (pairs: 8; exact intervals, corrected for 1 "
        "row)."
    ]  # fmt: skip


def test_no_rate_is_told_beside_a_reference_but_that_of_a_closed_loop():
    one_pair = " (pairs: 1; exact intervals, corrected for 1 row)."
    for others, count in (OPEN, 1), ({"makespan_ms": 9.0}, 2):
        [text] = beside(costs("r", 9, 3000, 1, **others), costs("a", 12, 2000, 1, **others))
        assert "throughput" not in text
        assert text.startswith("**w**, `r` in pairs: CPU per request 9.00 µs; too")
        assert text.endswith(one_pair.replace("1 row", "1 row" if count == 1 else "2 rows"))


def test_whoever_has_no_reference_or_is_alone_is_held_beside_nobody():
    assert beside(costs("r", 9, 3000)) == []
    assert beside(costs("r", 9, 3000), costs("a", 9, 3000), workloads=[{"name": "w"}]) == []
    assert beside(costs("a", 9, 3000), costs("b", 9, 3000)) == [], "it is not there"


def by_client(
    subject: str, mean_us: float | None = None, count: int = 8, **others: Any
) -> list[SimpleNamespace]:
    made = costs(
        "nginx", 7, 3000, count, **{"latency_mean_us": mean_us, "client_cpu_us_per_request": 8.0} | others
    )
    return [SimpleNamespace(**vars(run) | {"client": subject}) for run in made]


def test_load_generators_are_held_beside_a_reference_by_their_own_costs():
    texts = beside(by_client("r"), by_client("a", client_cpu_us_per_request=16.0, client_bound=True))
    assert texts == [
        "**w**, `r` in pairs: client CPU per request 8.00 µs; 0.50× [0.50, 0.50] of `a`’s; throughput 3,000 "
        "req/s; shown to differ by less than 5 %: 1.00× [1.00, 1.00] of `a`’s (pairs: 8; exact intervals, "
        "corrected for 2 rows)."
    ]  # fmt: skip


def test_of_a_fixed_count_what_is_beyond_the_ideal_is_held_beside_the_reference():
    def one(name: str, makespan_ms: float) -> list[SimpleNamespace]:
        return by_client(name, ideal_ms=10.0, makespan_ms=makespan_ms)

    [text] = beside(one("r", 13), one("a", 12), one("b", 13))
    assert text.partition("; makespan ")[2] == (
        "beyond the ideal 3.00 ms; 1.50× [1.50, 1.50] of `a`’s; shown to differ by less than 5 %: 1.00× "
        "[1.00, 1.00] of `b`’s (pairs: 8; exact intervals, corrected for 4 rows)."
    )  # fmt: skip


def test_under_an_open_loop_each_load_generator_tells_a_mean_latency():
    stamped = {"done_by": "kernel", **OPEN}
    reference = by_client("r", 130.0, 1, service_mean_us=119.0, **stamped)
    others = [by_client("a", 150.0, 1, **OPEN), by_client("b", None, 1, **stamped)]
    others += [by_client("c", 9.0, 1, verdict="invalid", **stamped), by_client("d", 170.0, 1, **stamped)]
    assert beside(reference, *others)[1:] == [
        "**w**, mean latency, as each tells it: `r` 130 µs, `a` 150 µs and `d` 170 µs; of `r` and `d` until "
        "the kernel had the reply.",
    ]  # fmt: skip
    assert len(beside(by_client("r", 130.0, 1), by_client("a", 150.0, 1))) == 1, "not of a closed loop"
    assert len(beside(reference, by_client("a", 150.0, 1, **OPEN))) == 2
    plain = beside(by_client("r", 130.0, 1, **OPEN), by_client("a", None, 1, **OPEN))[1:]
    assert plain == ["**w**, mean latency, as each tells it: `r` 130 µs."]
    assert len(beside(by_client("r", None, 1, **OPEN), by_client("a", None, 1, **OPEN))) == 1
    servers = costs("r", 9, 3000, latency_mean_us=130.0, **OPEN), costs(
        "a", 9, 3000, latency_mean_us=130.0, **OPEN
    )
    assert len(beside(*servers)) == 1, "of servers it is no question of the tool"
