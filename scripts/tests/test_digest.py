"""The repetitions of one variant under one workload, digested."""

from __future__ import annotations

from pathlib import Path

from metrics.digest import Digest, digests
from recordings.recording import Recording
from synthetic import Spec, build


def _digest(folder: Path, failures: dict[tuple[str, str, int], int]) -> Digest:
    recording = Recording.load(build(folder, Spec(failures=failures)))
    (found,) = [d for d in digests(recording) if (d.variant, d.workload) == ("async", "all-long")]
    return found


def test_only_runs_that_served_every_request_are_held_against_the_ideal(tmp_path: Path) -> None:
    every, one, none = (
        _digest(tmp_path / str(len(failed)), {("async", "all-long", n): 3 for n in failed})
        for failed in ((), (1,), (1, 2))
    )
    assert every.over_ideal is not None and every.over_ideal.runs == 2
    assert one.over_ideal is not None and one.over_ideal.runs == 1
    assert none.over_ideal is None
    assert none.makespan_ms is not None and none.failures
