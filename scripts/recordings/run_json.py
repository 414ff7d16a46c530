"""run.json: what was to be run, where and of what it was made, and how each run ended."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from recordings.csv_table import ANOTHER_VERSION, ResultsError, read_json
from recordings.description import LOADGEN

_REQUIRED = {"recording": str, "suite": str, "variants": list, "workloads": list, "repetitions": int}
_OPTIONAL = (
    "started_at finished_at seed wait_ms command pinned one_core machine build git runs planned skipped "
    "title objective left_out clients"
).split()
# What is read of a summary that lies alone.
NO_RUN_JSON = {**dict.fromkeys((*_REQUIRED, *_OPTIONAL)), "variants": [], "workloads": [], "repetitions": 0}


class RunKey(NamedTuple):
    variant: str
    client: str
    workload: str
    repetition: int


def read_run_json(path: Path) -> dict[str, Any]:
    """run.json, with the keys every reader relies on checked and the optional ones filled with None."""
    run = read_json(path, "not a recording: name a folder that scripts/bench made, as results/latest")
    if not isinstance(run, dict):
        raise ResultsError([f"{path}: expected an object: {ANOTHER_VERSION}"])
    mistakes = [
        f"{path}: {key} is missing or not a {kind.__name__}: {ANOTHER_VERSION}"
        for key, kind in _REQUIRED.items()
        if not isinstance(run.get(key), kind)
    ]
    for key in ("variants", "workloads", "clients"):
        entries = run.get(key)
        if isinstance(entries, list) and not all(isinstance(e, dict) and "name" in e for e in entries):
            mistakes.append(f"{path}: every entry of {key} needs a name: {ANOTHER_VERSION}")
    if mistakes:
        raise ResultsError(mistakes)
    # Which run an entry is of: it need not name the one server or the one client that there is.
    of_all = {"client": LOADGEN}
    if len(run["variants"]) == 1:
        of_all["variant"] = run["variants"][0]["name"]
    runs = run.get("runs") and [of_all | entry for entry in run["runs"]]
    return {**dict.fromkeys(_OPTIONAL), **run, "runs": runs}


def planned_runs(run: Mapping[str, Any]) -> list[RunKey]:
    """What a run.json announces: every variant and client under every workload, unless it says otherwise."""
    every = {workload["name"]: run["repetitions"] for workload in run["workloads"]}
    planned = run["planned"] or {}
    return [
        RunKey(variant["name"], client["name"], workload, repetition)
        for variant in run["variants"]
        for client in run["clients"] or [{"name": LOADGEN}]
        for workload, repetitions in planned.get(client["name"], planned.get(variant["name"], every)).items()
        # A client may not be installed, or have no command for a workload.
        if client.get("there", True) and (client.get("commands") or {}).get(workload, True) is not None
        for repetition in range(1, repetitions + 1)
    ]
