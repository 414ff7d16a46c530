"""gate.csv is read as it was written, continued, and refused when a row makes no sense."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gating.gate_csv import GateCsv, read_slices
from gating.quad import MAIN, REPEAT
from synthetic_gate import invalid, slices
from recordings.csv_table import ResultsError


def test_slices_are_read_as_they_were_written(tmp_path):
    store = GateCsv(tmp_path / "gate.csv")
    store.add(slices(4))
    store.add(slices(2, stage=REPEAT, first_block=2))
    again = GateCsv(tmp_path / "gate.csv")
    assert [len(again.quads("async", stage)) for stage in (MAIN, REPEAT)] == [4, 2]
    assert (again.cells, again.blocks) == (["async"], 4)
    for before, after in zip(store.quads("async", MAIN), again.quads("async", MAIN)):
        assert after.difference == pytest.approx(before.difference, abs=1e-4)


def test_a_quad_that_was_cut_off_does_not_count_and_may_be_measured_again(tmp_path):
    store = GateCsv(tmp_path / "gate.csv")
    store.add(slices(3)[:-1])
    assert len(store.quads("async", MAIN)) == 2
    store.add([replace(s, block=9) for s in slices(3, seed=9) if s.quad == 3])
    assert len(store.quads("async", MAIN)) == 3


def test_invalid_slices_are_kept_and_not_used(tmp_path):
    made = slices(1)
    store = GateCsv(tmp_path / "gate.csv")
    store.add([*made[:2], *invalid(made[2], 2), replace(made[2], attempt=3), made[3]])
    assert len(read_slices(tmp_path / "gate.csv")) == 6
    assert len(store.quads("async", MAIN)) == 1


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("stage", "last", "stage 'last' is neither main nor repeat"),
        ("side", "left", "side 'left' is neither baseline nor candidate"),
        ("order", "AABB", "order 'AABB', position 1 is no place in a quad"),
        ("position", 5, "position 5 is no place in a quad"),
        ("throughput_rps", 0.0, "needs requests, answers and CPU time above zero"),
    ],
)
def test_a_row_that_makes_no_sense_is_named(tmp_path, column, value, told):
    path = tmp_path / "gate.csv"
    GateCsv(path).add([replace(slices(1)[0], **{column: value})])
    with pytest.raises(ResultsError, match="gate.csv row 1: .*" + told):
        read_slices(path)


def test_an_empty_cell_is_named(tmp_path):
    path = tmp_path / "gate.csv"
    made = slices(1)
    GateCsv(path).add([made[0], replace(made[1], verdict="")])
    with pytest.raises(ResultsError, match="gate.csv row 2: verdict is empty"):
        read_slices(path)


def test_figures_that_are_not_had_are_empty(tmp_path):
    path = tmp_path / "gate.csv"
    GateCsv(path).add([replace(s, steal_share=None, load_1m=None, started_at=None) for s in slices(1)])
    assert read_slices(path)[0].steal_share is None
