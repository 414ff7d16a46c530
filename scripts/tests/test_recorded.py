"""A gate's folder: what is kept of a block, which blocks count, and what is refused."""

from __future__ import annotations

import json
import math

import pytest

from cli.errors import UsageError
from gating.blocks import ATTEMPTS, GateRecording, InvalidMeasurement, keep_same
from recordings.csv_table import ResultsError
from synthetic_gate import rows, write_gate


def handed_out(recording: GateRecording) -> int:
    """How many blocks are, until there are no more."""
    while recording.next_block("async"):
        pass
    return recording.handed_out["async"]


def block_folder(folder, made):
    write_gate(folder, made)
    for name in ("slices.csv", "classes.csv", "latency.csv"):
        (folder / name).write_bytes(b"variant,slice\r\nbaseline,1\r\n")
    return folder


def test_blocks_are_kept_one_after_the_other_and_numbered(tmp_path):
    kept = GateRecording(tmp_path / "gate")
    assert kept.next_number == 1 and kept.blocks == {}
    for number in (1, 2):
        kept.add(block_folder(tmp_path / "block", rows(1, first=number)))
    again = GateRecording(tmp_path / "gate")
    assert (again.next_number, [*again.blocks], len(again.blocks["async"])) == (3, ["async"], 2)
    assert (tmp_path / "gate/slices.csv").read_bytes().count(b"baseline") == 2
    assert (tmp_path / "gate/datapackage.json").is_file()


def test_rows_of_other_columns_are_not_mixed_in(tmp_path):
    kept = GateRecording(tmp_path / "gate")
    kept.add(block_folder(tmp_path / "block", rows(1)))
    block_folder(tmp_path / "block", rows(1, first=2))
    (tmp_path / "block/slices.csv").write_bytes(b"other\r\n1\r\n")
    with pytest.raises(ResultsError, match="slices.csv: has other columns"):
        kept.add(tmp_path / "block")
    assert len(GateRecording(tmp_path / "gate").blocks["async"]) == 1


def test_a_blocks_figures_are_the_candidates_over_the_baselines(tmp_path):
    made = rows(1, noise=0.0, changes={"throughput_rps": 2.0, "latency_p50_us": 0.5})
    made[1] |= {"ok": "5000", "http_error": "5000"}
    [block] = GateRecording(write_gate(tmp_path, made)).blocks["async"]
    assert block.difference["throughput"] == pytest.approx(math.log(2))
    assert block.difference["p50"] == pytest.approx(math.log(2))  # half the latency is better too
    assert block.difference["capacity"] == pytest.approx(-math.log(2))  # half was answered, at the same cost
    assert block.failed == (0, 5000) and block.requests == (10_000, 10_000)


def test_a_latency_of_which_only_a_bound_is_known_is_that_bound(tmp_path):
    made = rows(1, noise=0.0)
    made[1] |= {"latency_p99_us": "", "latency_p99_at_least_us": str(2 * 5500.0)}
    [block] = GateRecording(write_gate(tmp_path, made)).blocks["async"]
    assert block.difference["p99"] == pytest.approx(-math.log(2))


def test_a_block_without_a_figure_leaves_the_metric_out(tmp_path):
    made = rows(1)
    made[0]["latency_p99_us"] = ""
    [block] = GateRecording(write_gate(tmp_path, made)).blocks["async"]
    assert set(block.difference) == {"capacity", "throughput", "p50"}


def test_latencies_that_end_by_different_clocks_are_left_out(tmp_path):
    made = rows(1)
    made[0]["done_by"], made[1]["done_by"] = "kernel", "read"
    [block] = GateRecording(write_gate(tmp_path, made)).blocks["async"]
    assert set(block.difference) == {"capacity", "throughput"}


def test_a_block_that_is_invalid_on_one_side_does_not_count(tmp_path):
    made = rows(3)
    made[2]["verdict"] = "invalid"
    assert len(GateRecording(write_gate(tmp_path, made)).blocks["async"]) == 2


def test_a_block_of_one_side_does_not_count(tmp_path):
    assert len(GateRecording(write_gate(tmp_path, rows(3)[:-1])).blocks["async"]) == 2


def test_invalid_blocks_in_a_row_blame_the_machine(tmp_path):
    made = rows(2) + rows(ATTEMPTS, first=3, verdict="invalid")
    source = GateRecording(write_gate(tmp_path, made)).next_block
    assert source("async") and source("async")
    with pytest.raises(InvalidMeasurement, match="the generator was late: the machine is too busy: no side"):
        source("async")
    assert handed_out(GateRecording(write_gate(tmp_path, made + rows(1, first=9)))) == 3


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"variant": "other"}, "variant 'other' is neither baseline nor candidate"),
        ({"repetition": ""}, "repetition, the block's number, is empty"),
        ({"ok": "0"}, "a valid side needs answers"),
        (
            {"server_cpu_us_per_request": ""},
            "a valid side needs answers, a throughput and CPU time above zero",
        ),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_number(tmp_path, change, fault):
    made = rows(2)
    made[2] |= change
    with pytest.raises(ResultsError, match=f"row 3: {fault}"):
        GateRecording(write_gate(tmp_path, made))


def test_nothing_is_kept_of_a_folder_that_is_not_there(tmp_path):
    empty = GateRecording(tmp_path / "nowhere")
    assert (empty.blocks, empty.next_number) == ({}, 1)
    assert empty.next_block("async") is None


def test_a_cells_blocks_are_in_the_order_of_their_numbers_and_of_that_cell(tmp_path):
    made = rows(1, first=3, slowdown=0.5, noise=0) + rows(1, first=2, noise=0) + rows(1, first=9, cell="b")
    kept = GateRecording(write_gate(tmp_path, made))
    assert ([*kept.blocks], kept.next_number) == (["async", "b"], 10)
    assert [round(b.difference["throughput"], 3) for b in kept.blocks["async"]] == [0.0, -0.693]
    assert len(kept.blocks["b"]) == 1
    source = kept.next_block
    assert [source("async"), source("async"), source("async")] == [*kept.blocks["async"], None]
    assert source("b") is not None and source("b") is None


def test_as_many_invalid_blocks_in_a_row_as_there_are_attempts_are_too_many(tmp_path):
    late = rows(ATTEMPTS, verdict="invalid")
    for row in late[:-2]:
        row["reasons"] = "another reason"
    late[-2] |= {"verdict": "valid", "reasons": "of the side that is valid"}
    kept = GateRecording(write_gate(tmp_path, late))
    with pytest.raises(InvalidMeasurement) as refused:
        kept.next_block("async")
    blame = "the generator was late: the machine is too busy: no side is to blame"
    assert str(refused.value) == f"async: 4 blocks in a row were invalid: {blame}"
    assert kept.next_block("elsewhere") is None
    kept.first_checked = 2  # the first of them was of another time
    assert kept.next_block("async") is None
    assert GateRecording(write_gate(tmp_path, late[2:])).next_block("async") is None
    assert handed_out(GateRecording(write_gate(tmp_path, late[:4] + rows(1, first=3) + late[6:]))) == 1


def test_blocks_of_one_side_in_a_row_are_invalid_too(tmp_path):
    halves = GateRecording(write_gate(tmp_path, rows(ATTEMPTS)[::2]))
    with pytest.raises(
        InvalidMeasurement, match="async: 4 blocks in a row were invalid: a side is missing: the"
    ):
        halves.next_block("async")


@pytest.mark.parametrize("figure", ["throughput_rps", "server_cpu_us_per_request"])
def test_a_figure_of_a_valid_side_is_above_zero_and_of_an_invalid_one_anything(tmp_path, figure):
    made = rows(1)
    made[1][figure] = "0"
    with pytest.raises(
        ResultsError, match="row 2: a valid side needs answers, a throughput and CPU time above"
    ):
        GateRecording(write_gate(tmp_path, made))
    made[1]["verdict"] = "invalid"
    assert GateRecording(write_gate(tmp_path, made)).blocks["async"] == []
    tiny = rows(1)
    tiny[1] |= {figure: "0.5", "ok": "1"}
    assert len(GateRecording(write_gate(tmp_path, tiny)).blocks["async"]) == 1


def test_the_first_ten_faults_are_named(tmp_path):
    made = [row | {"variant": "x"} for row in rows(6)]
    with pytest.raises(ResultsError) as refused:
        GateRecording(write_gate(tmp_path, made))
    path = tmp_path / "summary.csv"
    fault = "variant 'x' is neither baseline nor candidate: measure again, or correct the file"
    assert refused.value.mistakes == [f"{path} row {at}: {fault}" for at in range(1, 11)]


def test_the_files_of_blocks_follow_each_other_under_one_header(tmp_path):
    kept = GateRecording(tmp_path / "gate")
    for number in (1, 2):
        kept.add(block_folder(tmp_path / "block", rows(1, first=number)))
    for name in ("slices.csv", "classes.csv", "latency.csv"):
        kept_bytes = (tmp_path / "gate" / name).read_bytes()
        assert kept_bytes == b"variant,slice\r\n" + b"baseline,1\r\n" * 2
    assert json.loads((tmp_path / "gate/datapackage.json").read_text())["title"] == "gate"
    assert len(kept.blocks["async"]) == 2


def test_trials_of_other_settings_are_not_mixed(tmp_path):
    settings = {"margin": 0.02, "cells": ("async",), "rate": None}
    keep_same(tmp_path, settings, "trials")
    keep_same(tmp_path, settings, "trials")
    assert json.loads((tmp_path / "settings.json").read_text()) == settings | {"cells": ["async"]}
    with pytest.raises(UsageError) as refused:
        keep_same(tmp_path, settings | {"margin": 0.05}, "trials")
    fix = "name another folder, or give the same flags"
    assert refused.value.mistakes == [f"--output: {tmp_path} has trials with margin 0.02, not 0.05: {fix}"]
    with pytest.raises(UsageError, match="has trials with slice_ms None, not 20"):
        keep_same(tmp_path, {"slice_ms": 20}, "trials")
