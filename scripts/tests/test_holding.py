"""Until where a model holds up: each way to break, what tells nothing, and the bounds of suites."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from made_curves import broken_by, ladder, run
from metrics.holding import BOUND, NOWHERE, Holding
from plans.claims import ERRORS, SATURATION
from recordings.recording import FAILED, ResultsError

GOOD = {10: [run()], 20: [run()]}


def held(top: SimpleNamespace, **options) -> Holding:
    """A model that has this run at 30, beside one whose p99 is 5 ms throughout."""
    [holding, _] = ladder({"a": GOOD | {30: [top]}, "b": GOOD | {30: [run()]}}, **options).holdings
    return holding


@pytest.mark.parametrize(
    ("top", "how"),
    [
        (run(ok=99, timed_out=1, saturated=True), ERRORS),
        (run(ok=0, reset=100, verdict=FAILED), ERRORS),
        (run(saturated=True, p99_ms=900), SATURATION),
        (run(p99_ms=20.1), BOUND),
        (
            run(latency_p99_us=None, latency_p99_at_least_us=6e3),
            BOUND,
        ),  # 6 ms at least is below nothing
    ],
)
def test_a_run_breaks_by_the_gravest_of_what_is_wrong_with_it(top, how):
    holding = held(top)
    assert (holding.until.value, holding.until.at_least) == (20, False)
    assert [(broken.place, broken.how) for broken in holding.breaks] == [(30, how)]


def test_four_times_the_least_at_the_first_place_still_holds():
    assert held(run(p99_ms=20)).until.value == 30


@pytest.mark.parametrize("top", [broken_by(), run(ok=0, verdict=FAILED, generator_shortages=3)])
def test_a_run_that_is_not_valid_breaks_nothing_and_holds_nothing(top):
    until = held(top).until
    assert (until.value, until.at_least, until.high) == (20, True, math.inf)


def test_a_gap_below_a_run_that_holds_is_no_end():
    [holding] = ladder(
        {"a": {10: [run()], 20: [broken_by()], 30: [run()], 40: [run(saturated=True)]}}
    ).holdings
    assert holding.until.value == 30


def test_what_holds_again_above_a_break_does_not_count():
    [holding] = ladder({"a": {10: [run()], 20: [run(p99_ms=80)], 30: [run()]}}).holdings
    assert holding.until.value == 10


def test_a_model_without_a_valid_run_has_no_end():
    [holding] = ladder({"a": {10: [broken_by()] * 2, 20: [broken_by()] * 2}}).holdings
    assert holding.until is None and len(holding.silent) == 4


def test_who_breaks_at_once_holds_nowhere():
    [holding] = ladder({"a": {10: [run(ok=1)]}}).holdings
    assert holding.until.value == NOWHERE


def test_the_end_is_the_median_of_the_repetitions_and_the_break_is_the_commonest():
    late = run(p99_ms=100)
    runs = {
        10: [run()] * 3,
        20: [run(), run(), late],
        30: [run(saturated=True)] * 2 + [run()],
        40: [run()] * 3,
    }
    [holding] = ladder({"a": runs}).holdings
    assert (holding.until.value, holding.until.low, holding.until.high) == (20, 10, 20)
    assert [(broken.how, broken.place) for broken in holding.breaks] == [(SATURATION, 30)] * 2


def closed(rate: float, **others) -> SimpleNamespace:
    return run(p99_ms=rate, arrivals="closed", throughput_rps=rate, **others)


def test_a_closed_loop_over_more_connections_is_held_to_its_own_rate():
    rates = {1: [closed(100)], 10: [closed(1000)], 64: [closed(810)], 300: [closed(790)]}
    slow = {1: [closed(1)], 10: [closed(2)], 64: [closed(2)], 300: [closed(2)]}
    made = ladder({"fast": rates, "slow": slow}, axis="connections")
    assert [holding.until.value for holding in made.holdings] == [64, 300]


def test_a_rate_of_the_generator_is_no_break_of_the_server():
    rates = {1: [closed(1000)], 10: [closed(500, client_bound=True)], 64: [closed(400)]}
    [holding] = ladder({"a": rates}, axis="connections").holdings
    assert holding.until.value == 1 and holding.breaks[0].place == 64 and len(holding.silent) == 1


def test_eighty_per_cent_of_the_best_rate_with_fewer_connections_is_enough():
    rates = {1: [closed(1000)], 10: [closed(800)], 64: [closed(799)], 300: [closed(800)]}
    [holding] = ladder({"a": rates}, axis="connections").holdings
    assert (holding.until.value, holding.last) == (10, 300)
    assert [(broken.place, broken.how) for broken in holding.breaks] == [(64, BOUND)]


def test_the_first_rate_has_none_to_be_held_to():
    [holding] = ladder({"a": {1: [closed(0.5)], 10: [closed(0.3)]}}, axis="connections").holdings
    assert holding.until.value == 1


def test_a_run_without_its_figure_tells_nothing_unless_it_broke_otherwise():
    assert held(run(latency_p99_us=None)).until.most == math.inf
    assert len(held(run(latency_p99_us=None)).silent) == 1
    lost = held(run(latency_p99_us=None, ok=99, reset=1))
    assert not lost.silent and lost.breaks[0].how == ERRORS


def test_an_open_loop_is_held_to_its_latency_and_never_excused_by_the_generators_rate():
    falling = {1: [run(throughput_rps=100)], 10: [run(throughput_rps=1)]}
    [holding] = ladder({"a": falling}, axis="connections").holdings
    assert holding.until.value == 10
    late = {1: [run()], 10: [run(p99_ms=20.1, client_bound=True)]}
    [holding] = ladder({"a": late}).holdings
    assert holding.until.value == 1 and holding.breaks[0].how == BOUND and not holding.silent


def test_a_multiple_is_of_the_least_median_at_the_first_place_that_tells_anything():
    runs = {
        "a": {10: [broken_by()] * 3, 20: [run(6), run(50), run(7)]},
        "b": {10: [broken_by()] * 3, 20: [run(8)] * 3},
    }
    bar = ladder(runs).bar
    assert (bar.first, bar.base, bar.value) == (20, 7e3, 28e3)
    silent = ladder({"a": {10: [broken_by()], 20: [broken_by()]}}).bar
    assert (silent.first, silent.base) == (10, 0)
    assert ladder(runs, holds_up={"limit": "50ms"}).bar.value == 50e3


def test_a_multiple_of_a_latency_is_no_less_than_a_time_slice_may_take_from_any_model():
    runs = {"a": {10: [run(0.25)], 20: [run(5)]}, "b": {10: [run(3)], 20: [run(5.1)]}}
    made = ladder(runs)
    assert (made.bar.multiple, made.bar.value) == (1e3, 5e3)
    assert [holding.until.value for holding in made.holdings] == [20, 10]
    assert ladder(runs, holds_up={"limit": "2ms"}).bar.value == 2e3
    assert ladder({"a": {10: [run(1.25)]}}).bar.value == ladder({"a": {10: [run(1)]}}).bar.value == 5e3
    assert ladder({"a": {10: [run(1.3)]}}).bar.value == 5.2e3


def test_above_the_last_that_held_it_is_open_until_the_last_that_told_nothing():
    [holding] = ladder({"a": GOOD | {30: [broken_by()], 35: [broken_by()], 40: [run(ok=1)]}}).holdings
    assert (holding.until.value, holding.until.most) == (20, 35)
    [holding] = ladder({"a": {10: [broken_by()], 20: [run()], 30: [run(ok=1)]}}).holdings
    assert (holding.until.value, holding.until.most) == (20, 20)
    [holding] = ladder({"a": GOOD}).holdings
    assert (holding.until.value, holding.until.most) == (20, math.inf)


def test_of_as_many_breaks_of_two_kinds_the_gravest_is_told_at_its_lower_place():
    runs = {
        10: [run()] * 4,
        20: [run(ok=9), run(saturated=True), run(), run(saturated=True)],
        30: [run()] * 2 + [run(ok=9)] + [run()],
    }
    [holding] = ladder({"a": runs}).holdings
    assert [(broken.place, broken.how) for broken in holding.breaks] == [(20, ERRORS)]
    assert holding.breaks[0].run.ok == 9 and len(holding.runs_there) == 4
    assert [there.repetition for there in holding.runs_there] == [1, 2, 3, 4]
    [whole] = ladder({"a": GOOD}).holdings
    assert whole.breaks == [] and len(whole.climbs) == 1


def test_a_rate_of_its_own_unit_may_be_the_bound():
    rule = {"metric": "throughput", "limit": 900}
    assert held(run(throughput_rps=900), holds_up=rule).until.value == 30
    assert held(run(throughput_rps=899), holds_up=rule).until.value == 20


def test_a_suite_sets_a_bound_of_its_own_and_what_is_no_break():
    rule = {"metric": "throughput", "limit": "0.9x", "allows": ["errors", "saturation"]}
    assert held(run(ok=10, saturated=True, throughput_rps=901), holds_up=rule).until.value == 30
    assert held(run(throughput_rps=899), holds_up=rule).until.value == 20
    assert held(run(p99_ms=12), holds_up={"limit": "11ms"}).until.value == 20


def test_what_is_neither_better_nor_worse_is_bounded_from_above():
    rule = {"metric": "threads", "limit": 9}
    threads = {10: [run(server_threads_peak=1)], 20: [run(server_threads_peak=9)]}
    [holding] = ladder({"a": threads | {30: [run(server_threads_peak=10)]}}, holds_up=rule).holdings
    assert holding.until.value == 20


def test_a_suite_may_bound_one_class_of_requests():
    def both(short_ms: float) -> SimpleNamespace:
        rows = [("long", 900.0), ("short", short_ms)]
        return run(classes=[SimpleNamespace(class_=name, latency_p99_us=ms * 1e3) for name, ms in rows])

    runs = {0.0: [both(1)], 0.1: [both(3)], 0.5: [both(8)]}
    [holding] = ladder({"a": runs}, holds_up={"limit": "4x", "class": "short"}).holdings
    assert holding.until.value == 0.1 and holding.breaks[0].how == BOUND


def test_a_recording_whose_bound_is_of_no_metric_is_refused():
    with pytest.raises(ResultsError, match="no such metric 'p98': did you mean"):
        ladder({"a": GOOD}, holds_up={"metric": "p98", "limit": 1})
