from __future__ import annotations

import json
from pathlib import Path

import synthetic
from metrics.digest import digests
from processes.machine import loadgen_json
from words.findings import headroom
from recordings.recording import Recording
from synthetic import Spec


def recording_with(folder: Path, calibration: dict[str, float] | None) -> Recording:
    synthetic.build(folder, Spec(workloads={"all-long": {"long": 100}}))
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(run | {"calibration": calibration}))
    return Recording.load(folder)


def said(recording: Recording) -> str:
    return "".join(headroom(recording, digests(recording)))


def test_the_run_that_came_nearest_to_the_generators_rate_is_named(tmp_path: Path) -> None:
    recording = recording_with(tmp_path / "r", {"kept_rps": 90_000.0, "fresh_rps": 10_000.0})
    text = said(recording)
    assert "90,000 requests/s on kept connections and 10,000 on fresh ones" in text
    # 100 requests of 50 ms each at once come to a little under 2,000 per second.
    assert "the most that a run needed of it is 19 % (`async-2` under all-long)." in text


def test_a_generator_at_its_limit_is_said_to_be(tmp_path: Path) -> None:
    text = said(recording_with(tmp_path / "r", {"kept_rps": 90_000.0, "fresh_rps": 1_000.0}))
    assert "needed of it is 100 % (`" in text and text.endswith("under all-long).")


def test_without_a_calibration_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert said(recording_with(tmp_path / "r", None)) == ""


def test_a_generator_that_cannot_be_calibrated_is_done_without(tmp_path: Path) -> None:
    broken = tmp_path / "loadgen/loadgen"
    broken.parent.mkdir()
    assert loadgen_json(tmp_path, "--calibrate", "--json") is None
    broken.write_text("#!/bin/sh\nexit 2\n")
    broken.chmod(0o755)
    assert loadgen_json(tmp_path, "--calibrate", "--json") is None
