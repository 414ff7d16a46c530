"""Two recordings, or two variants of one, beside each other: why they must not be compared; their rows."""

from typing import Any, NamedTuple

from metrics.comparing import Compared, compare, compare_errors, kinds_of_done, one_sided, shown_together
from recordings.recording import Recording
from stats.comparison import MARGIN

_MACHINE = ("cpu", "cores", "kernel", "os")
_SETTINGS = ("hypervisor", "governor", "clocksource", "congestion_control", "mitigations")
Names = tuple[str, str, str]  # two subjects and a workload


class ComparedSides(NamedTuple):
    """`missing`: what either side lacks; `unlike`: whose latencies end by different clocks."""

    rows: list[Compared]
    missing: list[str]
    unlike: list[str]


def differences(first: Recording, second: Recording) -> list[str]:
    """Why the two must not be compared, a line each; none if nothing speaks against it."""
    keys = _machine_keys(first, second)
    sides = [_circumstances(side, keys) for side in (first, second)]
    lines = []
    for name in sides[0] | sides[1]:
        values = [side.get(name) for side in sides]
        if values[0] != values[1]:
            texts = ("unknown" if value is None else str(value).strip() for value in values)
            # A whole list of workloads would not fit a line.
            is_long = any(isinstance(value, (list, dict)) for value in values)
            lines.append(f"{name}: {'not the same' if is_long else ' and '.join(texts)}")
    return lines


def _machine_keys(*sides: Recording) -> list[str] | None:
    """None where one has no run.json. From before settings were noted nobody is asked for them."""
    if not all(side.has_run_json for side in sides):
        return None
    return [
        *_MACHINE,
        *(key for key in _SETTINGS if all(key in (side.run["machine"] or {}) for side in sides)),
    ]


def _circumstances(recording: Recording, machine_keys: list[str] | None) -> dict[str, Any]:
    """What must be the same of two recordings; a summary alone says nothing but its suite."""
    suite = {"suite": ", ".join(sorted({str(row.suite) for row in recording.summary}))}
    if not machine_keys:
        return suite
    run = recording.run
    suite |= {f"suite, {key}": run[key] for key in ("wait_ms", "workloads", "pinned")}
    there = run["machine"] or {}
    machine = {f"machine, {key}": there.get(key) for key in machine_keys}
    return suite | machine | {f"build, {key}": value for key, value in (run["build"] or {}).items()}


def alike_pairs(first: Recording, second: Recording) -> list[Names]:
    """Each subject under each workload with itself, whoever has it."""
    return [(name, name, workload) for name, workload in first.groups | second.groups]


def beside(
    sides: tuple[Recording, Recording], pairs: list[Names], is_paired: bool, margin: float = MARGIN
) -> ComparedSides:
    """A row for each metric of each pair of subjects under a workload, corrected for how many they are."""
    rows, missing, unlike = [], [], []
    for *names, workload in pairs:
        runs = [side.runs(name, workload) for side, name in zip(sides, names)]
        if not all(runs):
            lacking = runs.index([])
            missing.append(f"{sides[lacking].path}: {names[lacking]}, {workload}")
            continue
        # Variants of one recording need not have the same metrics.
        for metric, lacking in () if is_paired else one_sided(*runs):
            missing.append(f"{sides[lacking].path}: {metric} of {names[lacking]}, {workload}")
        if len(kinds_of_done(runs)) > 1:
            unlike.append(f"{' and '.join(dict.fromkeys(names))} under {workload}")
        rows += compare(tuple(names), workload, tuple(runs), is_paired)
        rows.append(compare_errors(tuple(names), workload, tuple(runs)))
    return ComparedSides(shown_together(rows, margin), missing, unlike)
