#!/usr/bin/python3
"""All trials of the gate that results/reference/gate has: scripts/tests/gate_trials.py [NAME...]

Real gates by scripts/gate.py --repeat, into results/gate-trials/NAME, resumable. They need hours on a machine
that does nothing else. With --keep what is done is put into results/reference/gate: the verdicts and the
summaries, as slices and histograms are many megabytes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from candidates import FAULTS, base, commit_of
from trial_flags import TrialParser

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "results" / "gate-trials"
REFERENCE = ROOT / "results" / "reference" / "gate"
KEPT = ("trials.md", "trials.json", "settings.json", "verdict.json", "summary.csv")
SAME = ("--baseline", "build/release", "--candidate", "build/release")
MODELS = ("thread-per-request", "async")
BUSY = "busy"
PYTHON = ("--target", "/", "--connections", "8", "--warm-up", "1s")
NODE = ("--target", "/", "--connections", "8", "--warm-up", "2s")  # after 1 s it still becomes faster


def trials() -> dict[str, list[str]]:
    """The flags of each, by its name."""
    made = {"aa": [*SAME, "--repeat", "40"], BUSY: [*SAME, "--repeat", "10", "--budget", "3m"]}
    for length in ("20ms", "50ms"):
        made[f"slices-of-{length}"] = ["--check-machine", "--slice", length]
    for model in MODELS:
        cell = (*SAME, "--cells", model)
        made[f"1-percent-margin-{model}"] = [*cell, "--repeat", "10", "--margin", "1%", "--handicap", "2%"]
        made[f"4-percent-slower-{model}"] = [*cell, "--repeat", "10", "--handicap", "4%"]
        for share in ("1%", "5%", "10%"):
            name = f"{share.removesuffix('%')}-percent-slower-{model}"
            made[name] = [*cell, "--repeat", "10", "--handicap", share]
    for fault in FAULTS:
        made[fault] = ["--baseline", base(), "--candidate", commit_of(fault), "--repeat", "5"]
    made["trades"] = ["--baseline", commit_of("dozes"), "--candidate", base(), "--cells", "async"]
    made["trades"] += ["--handicap", "10%", "--repeat", "5"]
    for name, (command, flags) in {
        "python": (f"{sys.executable} {here('broken_server.py')} --port {{port}} --burns", PYTHON),
        "node": (f"node {here('node_server.js')} {{port}}", NODE),
    }.items():
        for share in ("0", "0.05", "0.10"):
            sides = ("--baseline-cmd", f"{command} 0", "--candidate-cmd", f"{command} {share}")
            slower = f"-{float(share) * 100:.0f}-percent-more" if float(share) else "-same"
            made[f"{name}{slower}"] = [*sides, *flags, "--repeat", "3", "--budget", "5m"]
    return made


def here(name: str) -> str:
    return str((Path(__file__).parent / name).relative_to(ROOT))


def main(argv: list[str]) -> int:
    every = trials()
    options = TrialParser(__doc__, every).read(argv)
    if options.keep:
        keep()
        return 0
    for name in options.names or every:
        print(f"== {name}", flush=True)
        with ExitStack() as stack:
            for _ in range(len(os.sched_getaffinity(0)) if name == BUSY else 0):
                stack.callback(stop, subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            gate = [sys.executable, "scripts/gate.py", *every[name], "--output", str(OUT / name)]
            if code := subprocess.run(gate, cwd=ROOT).returncode:
                return code
    return 0


def stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def keep() -> None:
    for done in OUT.glob("*/trials.json"):
        shutil.rmtree(REFERENCE / done.parent.name, ignore_errors=True)
        for path in done.parent.rglob("*"):
            if path.name in KEPT:
                target = REFERENCE / path.relative_to(OUT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
