"""Whether two recordings may be compared at all: the same machine, build flags and suite.

What differs is named; a summary without a run.json beside it says nothing of where it was made.
"""

from pathlib import Path
from typing import Any

from recordings.recording import SUMMARY, Recording, ResultsError

_MACHINE = ("cpu", "cores", "kernel", "os")


def load(path: Path) -> Recording:
    """A recording that has a run. Raises ResultsError with what is wrong with it, or with the file."""
    recording = Recording.load(path)
    if SUMMARY in recording.missing:
        raise ResultsError([f"{path}: no {SUMMARY} in it: no run had finished"])
    return recording


def differences(first: Recording, second: Recording) -> list[str]:
    """Why the two must not be compared, a line each; none if nothing speaks against it."""
    suites = [", ".join(sorted({str(row.suite) for row in side.summary})) for side in (first, second)]
    lines = _differing("suite", *suites)
    if not (first.has_run_json and second.has_run_json):
        return lines
    runs = (first.run, second.run)
    for key in ("wait_ms", "workloads", "pinned"):
        lines += _differing(f"suite, {key}", *(run[key] for run in runs))
    for part, keys in (("machine", _MACHINE), ("build", None)):
        sides = [run[part] or {} for run in runs]
        for key in keys or dict.fromkeys([*sides[0], *sides[1]]):
            lines += _differing(f"{part}, {key}", *(side.get(key) for side in sides))
    return lines


def _differing(name: str, first: Any, second: Any) -> list[str]:
    if first == second:
        return []
    # A whole list of workloads would not fit a line.
    if any(isinstance(value, (list, dict)) for value in (first, second)):
        return [f"{name}: not the same"]
    texts = ("unknown" if value is None else str(value).strip() for value in (first, second))
    return [f"{name}: {' and '.join(texts)}"]
