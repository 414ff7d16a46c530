"""A bisect's folder: blocks and skipped commits are taken up again, and never those of another bisect."""

from __future__ import annotations

import pytest

from bisecting.history import BisectFolder, Commit
from cli.errors import UsageError
from gating.blocks import InvalidMeasurement
from synthetic_gate import rows, write_gate

COMMITS = [Commit(f"{place}" * 40, (), "2026-03-01", "Ada", f"Change {place}") for place in range(5)]
SETTINGS = {"good": "a", "connections": 32, "cells": ("async",)}


def folder(path, **settings) -> BisectFolder:
    return BisectFolder(path, COMMITS, SETTINGS | settings)


def test_blocks_are_read_again_as_ratios_of_the_metric_that_is_asked_for(tmp_path):
    made = folder(tmp_path)
    write_gate(made.recordings[3].folder, rows(6, slowdown=0.05, noise=0.001))
    write_gate(made.recordings[4].folder, rows(2, cell="other"))
    again = folder(tmp_path)
    assert [place for place in range(5) if again.ratios(place, "async", "capacity")] == [3]
    assert again.ratios(3, "async", "capacity") == pytest.approx([-0.0513] * 6, abs=0.005)
    assert again.ratios(3, "async", "p99") == pytest.approx([-0.0513] * 6, abs=0.005)
    assert again.recordings[3].next_number == 7


def test_skipped_commits_are_remembered_by_name(tmp_path):
    folder(tmp_path).skip(2, "does not build")
    assert folder(tmp_path).skipped == {2: "does not build"}
    assert folder(tmp_path / "other").skipped == {}


def test_blocks_of_another_bisect_are_refused(tmp_path):
    folder(tmp_path)
    folder(tmp_path)
    with pytest.raises(UsageError, match="has blocks of a bisect with connections 32, not 8"):
        folder(tmp_path, connections=8)


def test_a_machine_that_was_too_busy_then_is_not_held_against_it_now(tmp_path):
    recording = folder(tmp_path).recordings[3]
    write_gate(recording.folder, rows(4, verdict="invalid"))
    again = folder(tmp_path).recordings[3]
    assert again.next_block("async") is None
    write_gate(recording.folder, rows(4, verdict="invalid") + rows(4, first=5, verdict="invalid"))
    again._read()
    with pytest.raises(InvalidMeasurement):
        again.next_block("async")
