"""Slices into quads: what a quad's figures are of, and which slices make one."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from gating.quad import invalid_text, quad_of, quads_of
from synthetic_gate import slices


def four(**changes):
    """A B B A without noise."""
    made = sorted(slices(1, noise=0.0), key=lambda s: s.position)
    return [replace(s, side=side, **changes) for s, side in zip(made, ("baseline", "candidate") * 2)]


def test_a_quads_levels_are_geometric_means_and_its_difference_is_signed():
    made = [
        replace(s, throughput_rps=rate, latency_p50_us=1e6 / rate)
        for s, rate in zip(four(), (1000.0, 2000.0, 4000.0, 8000.0))
    ]
    quad = quad_of(made)
    assert quad.level["observed"] == (pytest.approx(2000), pytest.approx(4000))
    assert quad.difference["observed"] == pytest.approx(math.log(2))
    assert quad.difference["p50"] == pytest.approx(math.log(2))  # half the latency is better too
    assert quad.level["p50"] == (pytest.approx(500), pytest.approx(250))


def test_capacity_is_what_was_answered_in_a_second_of_the_servers_time():
    made = four(requests=1000, ok=900, server_cpu_us_per_request=20.0)
    assert quad_of(made).level["capacity"] == (pytest.approx(45_000), pytest.approx(45_000))


def test_failures_are_summed_by_side_and_are_a_share_of_its_requests():
    made = [replace(s, requests=100, ok=100 - lost) for s, lost in zip(four(), (1, 10, 2, 20))]
    assert (quad_of(made).failed, quad_of(made).failed_share) == ((3, 30), (0.015, 0.15))


def test_a_slice_without_a_figure_leaves_the_metric_out():
    made = four()
    made[2] = replace(made[2], latency_p99_us=None)
    assert set(quad_of(made).difference) == {"capacity", "observed", "p50"}


@pytest.mark.parametrize(
    ("word", "used", "bound"),
    [(True, 0.1, True), (False, 1.0, False), (None, 0.95, True), (None, 0.949, False)],
)
def test_the_generator_was_the_limit_by_its_word_or_where_that_was_not_kept_by_its_core(word, used, bound):
    assert quad_of(four(client_bound=word, generator_utilisation=used)).client_bound == bound
    one_less = four(client_bound=word, generator_utilisation=used)
    one_less[3] = replace(one_less[3], client_bound=False)
    assert not quad_of(one_less).client_bound


def test_a_quad_is_four_used_slices_of_one_block():
    made = slices(3)
    assert [quad.block for quad in quads_of(reversed(made))] == [1, 2, 3]
    assert len(quads_of(made[:-1])) == 2
    assert len(quads_of([*made[:-1], replace(made[-1], used=False)])) == 2
    assert len(quads_of([*made[:-1], replace(made[-1], block=9)])) == 2
    repeated = [*made, replace(made[0], used=False, attempt=2)]
    assert len(quads_of(repeated)) == 3


def test_a_slice_that_stays_invalid_is_told_with_the_machines_load():
    last = replace(four()[1], attempt=4, reasons="it was late", load_1m=7.25)
    told = invalid_text("async", last)
    assert told == (
        "async: a slice of the candidate was invalid 4 times: it was late: the machine is too busy, "
        "load 7.2; the candidate is not to blame"
    )
    assert "too busy; the" in invalid_text("async", replace(last, load_1m=None))
