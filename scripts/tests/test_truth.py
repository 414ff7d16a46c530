"""What a client says beside what was on the wire: the arithmetic of it."""

from __future__ import annotations

import pytest

from stats.quantiles import quantile
from wire.truth import OF_CONNECTION, OF_RUN, TICKING, WireExchange, beside, latencies

MS = 1_000_000


def seen(*exchanges: tuple[int, float, float]) -> list[WireExchange]:
    """Of (port, requested, took) in milliseconds."""
    return [WireExchange(port, round(at * MS), round((at + took) * MS)) for port, at, took in exchanges]


def test_a_quantile_is_by_nearest_rank():
    values = list(range(1, 101))
    assert [quantile(values, q) for q in (0.0, 0.5, 0.99, 0.999, 1.0)] == [1, 50, 99, 100, 100]


def test_a_closed_loop_is_from_packet_to_packet_beside_what_is_told():
    row = {"latency_p50_us": "1500", "service_p50_us": "1200", "latency_p99_us": "2500"}
    p50, p99, p99_9 = beside(row, seen((1, 0, 1), (1, 2, 1), (1, 4, 2)), None, 1, OF_RUN)
    assert (p50.measure, p50.told_us, p50.wire_us, p50.requests) == ("service", 1200, 1000, 3)
    assert (p99.told_us, p99.wire_us) == (2500, 2000)
    assert p99_9.told_us is None


def test_an_open_loop_is_from_the_instants_of_the_rate():
    # 100 a second: due at 0, 10, 20, 30; the second was sent 4 ms late, the last 25.
    found, left_out = latencies(seen((1, 0, 1), (2, 14, 1), (1, 20, 1), (2, 55, 1)), 100, 2, OF_RUN)
    assert found == pytest.approx([1000, 5000, 1000, 26_000]) and left_out == 0


def test_no_request_can_have_been_sent_before_its_instant():
    found, _ = latencies(seen((1, 3, 1), (1, 10, 1)), 100, 1, OF_RUN)
    assert found == pytest.approx([4000, 1000]), "the schedule begins at 0: the first was 3 ms late"


def test_connections_with_schedules_of_their_own_are_each_held_against_theirs():
    # 100 a second over two connections: each every 20 ms, the second from 7 on.
    every = seen((1, 0, 1), (2, 7, 1), (1, 20, 1), (2, 30, 1))
    found, _ = latencies(every, 100, 2, OF_CONNECTION)
    assert sorted(found) == pytest.approx([1000, 1000, 1000, 4000])


def test_a_ticker_leaves_out_the_instants_at_which_it_waited():
    # 100 a second on one connection: a reply of 35 ms has it miss the ticks at 10, 20 and 30.
    every = seen((1, 0, 35), (1, 40, 1), (1, 50, 1))
    found, left_out = latencies(every, 100, 1, TICKING)
    assert found == pytest.approx([35_000, 1000, 1000]) and left_out == 3
    kept, _ = latencies(every, 100, 1, OF_CONNECTION)
    assert kept == pytest.approx([35_000, 31_000, 31_000]), "who keeps its schedule has them late"


def test_tickers_may_share_their_connections():
    # 200 a second by two, each every 10 ms: at 20 one waits for its reply, and at 11 both had one connection.
    every = seen((1, 0, 1), (2, 0, 1), (1, 10, 0.5), (1, 11, 14), (2, 20, 1), (1, 30, 1), (2, 32, 1))
    found, left_out = latencies(every, 200, 2, TICKING)
    assert found == pytest.approx([1000, 1000, 500, 15_000, 1000, 1000, 3000]) and left_out == 1


def test_ticks_are_known_by_all_requests_as_the_first_may_have_been_late():
    # 100 a second on one connection: ticks at 0, 10, 20, 30, the first of them met 6 ms late.
    found, left_out = latencies(seen((1, 6, 1), (1, 10, 1), (1, 20.2, 1), (1, 30, 1)), 100, 1, TICKING)
    assert found == pytest.approx([7000, 1000, 1200, 1000]) and left_out == 0


def test_of_nothing_there_is_nothing_to_say():
    assert beside({}, [], None, 1, OF_RUN) == [] and beside({}, [], 100, 1, OF_RUN) == []
