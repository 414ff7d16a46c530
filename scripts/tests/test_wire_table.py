"""What clients say beside the packets, as a table."""

from __future__ import annotations

import csv
from pathlib import Path

from pages.tables import wire_table
from recordings.csv_table import RUN_KEYS
from recordings.recording import Recording
from synthetic import MODELS, Spec, build
from text.table import markdown
from wire.truth import Beside


def captured(folder: Path, told: dict[str, float | None], left_out: int = 0, **changes) -> Recording:
    """A recording of one workload; what each variant tells as p50, where the wire has 1 ms."""
    spec = Spec(
        **{
            "models": {name: MODELS[name] for name in told},
            "workloads": {"all-long": {"long": 20}},
            "repetitions": 3,
        }
        | changes
    )
    path = build(folder, spec)
    with (path / "wire.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*RUN_KEYS, *Beside._fields])
        writer.writeheader()
        for row in Recording.load(path).summary:
            keys = {name: getattr(row, name) for name in RUN_KEYS}
            for quantile, factor in (("p50", 1), ("p99", 2), ("p99_9", 3)):
                us = told[row.variant] and told[row.variant] * factor
                beside = Beside("service", quantile, us, 1000.0 * factor, 20, left_out)
                writer.writerow(keys | beside._asdict())
    return Recording.load(path)


def test_each_subject_has_what_it_says_beside_what_was_there(tmp_path):
    made = captured(tmp_path / "r", {"async": 1030.0, "thread-per-request": None})
    text = markdown(wire_table(made))
    assert "| workload | variant | of | p50, told / wire | p99, told / wire | p99.9, told / wire |" in text
    assert (
        "| all-long | async | service | 1.03 ms / 1.00 ms | 2.06 ms / 2.00 ms | 3.09 ms / 3.00 ms |" in text
    )
    assert "| not told / 1.00 ms | not told / 2.00 ms | not told / 3.00 ms |" in text


def test_the_instants_that_were_left_out_are_told(tmp_path):
    text = markdown(wire_table(captured(tmp_path / "r", {"async": 1000.0}, left_out=5)))
    assert "left out" in text and "| 15 of 75 |" in text


def test_runs_that_do_not_count_are_not_in_it(tmp_path):
    invalid = {("async", "all-long", n): "sent late" for n in (1, 2, 3)}
    assert not wire_table(captured(tmp_path / "r", {"async": 1000.0}, invalid=invalid)).rows


def test_a_recording_without_packets_has_none(tmp_path):
    spec = Spec(models={"async": MODELS["async"]}, workloads={"all-long": {"long": 20}}, repetitions=1)
    assert not wire_table(Recording.load(build(tmp_path / "r", spec))).rows
