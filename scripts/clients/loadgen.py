"""Our own load generator: it keeps each request's times and writes the CSVs of a run into its folder."""

import csv
from pathlib import Path
from typing import Any

from cli.paths import ROOT
from clients.client import Asked, Reading
from plans.suite import OWN_CLIENT
from processes.machine import commit, json_answer
from recordings.recording import TOLD_OF_A_RUN

_CALIBRATION_LIMIT_S = 60.0  # it takes about three seconds
_ROWS_OF_MANY = 1000  # of requests.csv, where there are too many requests to draw each


class Loadgen:
    name = OWN_CLIENT
    exit_codes = TOLD_OF_A_RUN
    leaves_files = True
    remark = ""
    installed_by = "cmake --workflow --preset release builds it"

    def program(self, build: Path) -> str:
        """There or not: it is built before anything is run."""
        return str(build / "loadgen" / "loadgen")

    def version(self, program: str) -> str | None:
        git = commit(ROOT)
        return git["commit"] and git["commit"][:9] + ("-dirty" if git["dirty"] else "")

    def command(self, asked: Asked) -> list[str]:
        run, workload = asked.run, asked.run.workload
        words = [asked.program, f"http://{asked.address}"]
        for c in workload.classes:
            words += [
                "--mix",
                f"{c.name}={c.weight}:{run.variant.target(c.name, c.target, workload.wait_ms)}",
            ]
        if workload.requests is not None:
            words += ["-n", str(workload.requests)]
        else:
            words += ["-d", f"{workload.duration_ms}ms"]
        if workload.rate_rps is not None:
            words += ["-R", str(workload.rate_rps), "--arrivals", str(workload.arrivals)]
        words += ["-c", str(workload.connections), "--connection-mode", workload.connection_mode]
        if asked.folder is None:
            return words
        # The same sequence of requests for every variant, another one in the next repetition.
        words += ["--seed", str(asked.seed + run.repetition), "--timeout", f"{run.timeout_ms}ms"]
        if workload.duration_ms is not None or workload.curve is not None:
            words += ["--rows-cap", str(_ROWS_OF_MANY)]
        if run.ideal_ms is not None:
            words += ["--ideal", f"{run.ideal_ms}ms"]
        words += ["--server-pid", str(asked.server_pid), "--output", str(asked.folder), "--quiet"]
        keys = {**asked.keys, "client": self.name}
        return words + [word for name, value in keys.items() for word in ("--key", f"{name}={value}")]

    def reading(self, asked: Asked) -> Reading:
        """No column where it wrote no summary: the writer says what is missing. Its verdict is in its row."""
        path = asked.folder / "summary.csv"
        if not path.is_file():
            return Reading({})
        with path.open(newline="", encoding="utf-8") as file:
            return Reading(next(csv.DictReader(file), {}))


def calibrate(loadgen: Path) -> dict[str, Any] | None:
    """What `loadgen --calibrate --json` finds; None where it cannot be run: a recording does without."""
    return json_answer([loadgen, "--calibrate", "--json"], _CALIBRATION_LIMIT_S)
